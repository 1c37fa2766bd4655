"""The style sheet: flat surfaces, one accent, a focus ring that is seen.

``@name`` stands for a colour of ``theme.Chrome``. A style sheet on a spin or combo box takes
Fusion's arrows away, so the arrows are drawings of our own, in a grey that reads on both themes.
"""

from __future__ import annotations

from typing import Final

TEMPLATE: Final = """
QMainWindow, QDialog, QMessageBox { background: @surface; }
QMainWindow::separator { background: @gap; width: 5px; height: 5px; }
QMainWindow::separator:hover { background: @accent_soft; }
QWidget#column { background: @surface; }
QToolTip { background: @raised; color: @text; border: 1px solid @line; padding: 4px 6px; }

QToolBar { background: @surface; border: none; border-bottom: 1px solid @line;
  padding: 4px 6px; spacing: 2px; }
QToolBar::separator { background: @line; width: 1px; margin: 6px 5px; }
QToolButton { color: @text; background: transparent; border: 1px solid transparent;
  border-radius: 6px; padding: 5px 3px 5px 7px; }
QToolButton#qt_toolbar_ext_button { padding: 0; qproperty-icon: url(@icons/style-down.svg); }
QToolButton:hover { background: @button; }
QToolButton:pressed, QToolButton:open { background: @pressed; }
QToolButton:checked { background: @accent_soft; border-color: @accent_line; color: @accent; }
QToolButton:focus { border-color: @accent; }
QToolButton:disabled { color: @faint; }
QToolButton:checked:disabled { background: transparent; border-color: @line; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton#small { padding: 3px; }

QStatusBar { background: @surface; border-top: 1px solid @line; color: @muted; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @muted; padding: 1px 6px; }
QStatusBar QLabel#lost { color: @alarm; }

QWidget#dockTitle { background: @surface; border-bottom: 1px solid @line; }
QWidget#dockTitle QLabel#dockName { color: @muted; font-weight: 600; }
QWidget#dockTitle QLabel#dockNote { color: @muted; }
QPushButton#tab { background: transparent; border: none; border-bottom: 2px solid transparent;
  border-radius: 0; color: @muted; font-weight: 600; padding: 5px 6px 4px 6px; min-height: 0; }
QPushButton#tab:hover { color: @text; }
QPushButton#tab:checked { color: @text; border-bottom-color: @accent; }
QPushButton#tab:focus { background: @accent_soft; }

QPushButton { background: @button; color: @text; border: 1px solid @line; border-radius: 6px;
  padding: 3px 10px; min-height: 18px; }
QPushButton:hover { background: @pressed; }
QPushButton:pressed { background: @line; }
QPushButton:focus { border: 1px solid @accent; }
QPushButton:disabled { color: @faint; background: @surface; }
QPushButton:checked { background: @accent_soft; border-color: @accent_line; color: @accent; }
QPushButton[primary="true"] { background: @accent; color: @on_accent; border-color: @accent;
  font-weight: 600; }
QPushButton[primary="true"]:hover { background: @accent_strong; border-color: @accent_strong; }
QPushButton[primary="true"]:focus { border: 1px solid @text; }
QPushButton[primary="true"]:disabled { background: @button; color: @faint; border-color: @line; }

QTextBrowser#bare { border: none; border-radius: 0; background: @surface; }
QLineEdit, QPlainTextEdit, QTextBrowser, QSpinBox, QDoubleSpinBox, QComboBox {
  background: @field; color: @text; border: 1px solid @line; border-radius: 6px;
  selection-background-color: @accent; selection-color: @on_accent; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { padding: 2px 6px; min-height: 20px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextBrowser:focus, QSpinBox:focus, QDoubleSpinBox:focus,
QComboBox:focus { border: 1px solid @accent; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
  color: @faint; background: @surface; }
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"], QComboBox[wrong="true"],
QSpinBox[wrong="true"] { border: 1px solid @alarm;
  background: @alarm_soft; }
QPlainTextEdit[flat="true"], QTextBrowser[flat="true"] { border: none; border-radius: 0;
  background: @field; }
QTextBrowser[flat="true"]:focus, QPlainTextEdit[flat="true"]:focus {
  border: 1px solid @accent_line; }
QComboBox QLineEdit { background: transparent; border: none; padding: 0; min-height: 0; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url(@icons/style-down.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: @raised; color: @text; border: 1px solid @line;
  selection-background-color: @accent; selection-color: @on_accent; outline: none; }
QComboBox QAbstractItemView::item { padding: 3px 6px; min-height: 20px; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button { border: none; width: 16px; background: transparent; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(@icons/style-up.svg);
  width: 9px; height: 9px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(@icons/style-down.svg);
  width: 9px; height: 9px; }

QCheckBox { color: @text; spacing: 6px; border: 1px solid transparent; border-radius: 4px;
  padding: 1px; }
QCheckBox:focus { border-color: @accent; }
QCheckBox:disabled { color: @faint; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @strong_line;
  border-radius: 4px; background: @field; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent;
  image: url(@icons/style-check-@name.svg); }
QCheckBox::indicator:disabled { background: @surface; border-color: @line; }
QCheckBox::indicator:checked:disabled { background: @faint; border-color: @faint; }

QFrame#box { background: @surface; border: 1px solid @line; border-radius: 8px; }
QLabel#boxName { color: @muted; font-weight: 600; }
QLabel[muted="true"] { color: @muted; }
QLabel[wrong="true"] { color: @alarm; }
QLabel:disabled { color: @faint; }

QLabel#callout { background: @raised; color: @alarm; border: 1px solid @alarm;
  border-radius: 6px; padding: 5px 8px; }

QFrame#banner { background: @alarm_soft; border: none; border-bottom: 1px solid @alarm_line; }
QFrame#banner QLabel { color: @text; }
QFrame#banner[calm="true"] { background: @accent_soft; border-bottom: 1px solid @accent_line; }

QFrame#alarm { background: @alarm_soft; border: none; border-bottom: 1px solid @alarm_line;
  border-left: 6px solid @alarm; }
QFrame#alarm[timed="true"] { border-left: 6px double @alarm_line; }
QFrame#alarm QLabel { color: @text; }
QFrame#alarm QLabel#alarmTitle { color: @alarm; font-weight: 700; }
QFrame#alarm QLabel#alarmLines { color: @muted; }
QToolButton#copyGraph { border: 1px solid @line; padding: 3px 8px; }

QListView#findings { background: @field; border: none; outline: none; }

QTableView { background: @field; alternate-background-color: @zebra; color: @text; border: none;
  gridline-color: transparent; outline: none; selection-background-color: @accent_soft;
  selection-color: @text; }
QTableView::item { border: none; padding: 0 3px; }
QHeaderView { background: @surface; border: none; font-weight: 600; }
QHeaderView::section { background: @surface; color: @muted; border: none;
  border-bottom: 1px solid @line; padding: 4px 6px; }
QHeaderView::section:hover { color: @text; background: @zebra; }
QHeaderView::up-arrow { image: url(@icons/style-up.svg); width: 9px; height: 9px;
  subcontrol-origin: padding; subcontrol-position: top center; }
QHeaderView::down-arrow { image: url(@icons/style-down.svg); width: 9px; height: 9px;
  subcontrol-origin: padding; subcontrol-position: top center; }
QTableCornerButton::section { background: @surface; border: none; }

QMenu { background: @raised; color: @text; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 5px 26px 5px 8px; border-radius: 4px; }
QMenu::item:selected { background: @accent_soft; color: @text; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @line; margin: 4px 6px; }
QMenu::icon { padding-left: 6px; }

QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: @thumb; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: @faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget#strip { background: @surface; }
QProgressBar { background: @button; border: none; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
"""
