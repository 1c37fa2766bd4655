"""The two small groups: shutting a pool down, and locks by name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QWidget

from poolscope_gui.model.quantities import seconds

from .box import GAP, Box, button
from .elided_combo import ElidedCombo


class ShutdownBox(Box):
    """Asks for ``shutdown`` of the pool that the task box has chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Shut down", parent)
        self._target = ""
        self.wait = QCheckBox("wait")
        self.wait.setChecked(True)
        self.wait.setToolTip("shutdown() returns when every task has ended")
        self.cancel_futures = QCheckBox("cancel_futures")
        self.cancel_futures.setToolTip("tasks that have not started are cancelled")
        self.shutdown = button("Shut &down")
        self.grid.addWidget(self.wait, 0, 0)
        self.grid.addWidget(self.cancel_futures, 0, 1)
        self.grid.setColumnStretch(1, 1)
        self.head.addWidget(self.shutdown)
        self.control("shutdown", self.shutdown, "Shut the chosen pool down (Alt+D)")
        self.shutdown.clicked.connect(self._shut_down)

    def set_target(self, pool: str) -> None:
        self._target = pool

    def _shut_down(self) -> None:
        self.asked.emit(
            "shutdown",
            {
                "pool": self._target,
                "wait": self.wait.isChecked(),
                "cancel_futures": self.cancel_futures.isChecked(),
            },
        )


class LockBox(Box):
    """Asks for ``lock``: a caller thread acquires and holds it, in a lane of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Lock", parent)
        self.name = ElidedCombo(52)
        self.name.setEditable(True)
        self.name.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.name.addItems(["A", "B"])
        self.name.setAccessibleName("Name of the lock")
        self.name.setToolTip(
            "the name that the tasks hold_lock and hold_two know it by in a pool of threads;\n"
            "a pool of processes has an A and a B of its own: P A and P B for a pool called P"
        )
        self.kind = ElidedCombo(70)
        self.kind.addItems(["Lock", "RLock"])
        self.kind.setAccessibleName("Kind of lock")
        self.hold = QLineEdit()
        self.hold.setPlaceholderText("for s")
        self.hold.setToolTip("seconds to hold it; nothing: until Release")
        self.create_lock = button("Ma&ke", name="Make the lock")
        self.acquire = button("Ac&quire", name="Acquire the lock")
        self.release = button("Releas&e", name="Release the lock")
        self.hold.setAccessibleName("Seconds to hold it")
        self.hold.setMinimumWidth(50)
        first, second = QHBoxLayout(), QHBoxLayout()
        for line in (first, second):
            line.setSpacing(GAP)
        for widget in (self.name, self.kind, self.hold):
            first.addWidget(widget, 1)
        second.addWidget(self.acquire, 1)
        second.addWidget(self.release, 1)
        self.head.addWidget(self.create_lock)
        self.grid.addLayout(first, 0, 0)
        self.grid.addLayout(second, 1, 0)
        self.control("lock", self.create_lock, "Make this lock, so that it has a lane (Alt+K)")
        self.control("lock", self.acquire, "A caller thread acquires it and holds it (Alt+Q)")
        self.control("lock", self.release, "The caller that holds it releases it (Alt+E)")
        self.field("name", self.name)
        self.field("for_s", self.hold)
        self.field("kind", self.kind)
        self.hold.textEdited.connect(self.unmark)
        self.name.editTextChanged.connect(self.unmark)
        for each, action in (
            (self.create_lock, "create"),
            (self.acquire, "acquire"),
            (self.release, "release"),
        ):
            each.clicked.connect(lambda _=False, action=action: self._ask(action))

    def set_names(self, names: Sequence[str]) -> None:
        """The locks there are, to choose from; what was typed stays."""
        typed = self.name.currentText()
        self.name.blockSignals(True)
        self.name.clear()
        self.name.addItems([*names, *(name for name in ("A", "B") if name not in names)])
        self.name.setCurrentText(typed)
        self.name.blockSignals(False)

    def _ask(self, action: str) -> None:
        self.unmark()
        name = self.name.currentText().strip()
        if not name:
            self.mark("name", "A lock has a name: write A.")
            return
        fields: dict[str, object] = {"name": name, "action": action}
        if action != "release":
            fields["kind"] = self.kind.currentText()
        if action == "acquire":
            try:
                fields["for_s"] = seconds(self.hold.text())
            except ValueError as error:
                self.mark("for_s", str(error))
                return
        self.asked.emit("lock", fields)
