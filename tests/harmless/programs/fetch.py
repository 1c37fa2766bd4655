"""requests-futures: pages fetched by a session over a pool of threads."""

from concurrent.futures import as_completed

import server
from requests_futures.sessions import FuturesSession

if __name__ == "__main__":
    with server.served() as url, FuturesSession(max_workers=3) as session:
        pages = [session.get(f"{url}/page/{number}") for number in range(8)]
        print(sorted(page.result().text for page in as_completed(pages)))
        session.get("http://127.0.0.1:1/nobody").exception()
