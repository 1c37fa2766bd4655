"""boto3 and s3transfer: a file goes up in parts by a pool of threads, and comes back."""

import io
import sys

import boto3
import server
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

if __name__ == "__main__":
    data = bytes(range(256)) * 4096 * 12  # 12 MB: three parts
    with server.served() as url:
        client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="x",
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=Config(
                s3={"addressing_style": "path", "payload_signing_enabled": False},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        config = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
        client.upload_fileobj(io.BytesIO(data), "b", "key", Config=config)
        back = io.BytesIO()
        whole = TransferConfig(multipart_threshold=1 << 30)
        client.download_fileobj("b", "key", back, Config=whole)
        print(back.getvalue() == data, len(back.getvalue()), file=sys.stdout)
