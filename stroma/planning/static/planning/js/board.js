// Carrying a visit over the board, by pointer or by keyboard. Nothing is decided here: where it is put down, the server
// says whether it may stand there and why not, and moves it only when the form in the dialog is sent.

const THRESHOLD = 6; // pixels before a press becomes a drag
const SLOT = 15; // minutes

const board = () => document.querySelector("[data-board]");
const says = (text) => {
  const status = document.getElementById("board-says");
  if (status) status.textContent = text;
};
const cells = (row) => [...row.querySelectorAll("td[data-day]")];
// The day a cell begins on, by number; what is kept for days is one cell over all of them.
const columnOf = (cell) => {
  const before = cells(cell.parentElement);
  return before.slice(0, before.indexOf(cell)).reduce((days, other) => days + other.colSpan, 0);
};
const rows = () => [...board().querySelectorAll("tbody tr")].filter((row) => cells(row).length);

let carried = null; // {chip, from, cell, column, time, pointer, startX, startY, isMoving}

// What is kept for days is one cell over several: on which of its days something is held is a column of the board.
const dayOf = (cell, column) => {
  const day = new Date(`${cell.dataset.day}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + column - columnOf(cell));
  return day.toISOString().slice(0, 10);
};
const labelOf = (cell, column) => {
  if (column === columnOf(cell)) return cell.dataset.label;
  const who = cell.parentElement.querySelector("th").firstChild.textContent.trim();
  return `${who}, ${board().querySelectorAll("thead th")[column + 1].textContent.trim()}`;
};

const minutes = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
const clock = (total) =>
  `${String(Math.floor(total / 60)).padStart(2, "0")}:${String(total % 60).padStart(2, "0")}`;
const isDay = () => board().dataset.span === "day";

// Whoever shares a kind with who holds the visit could take it; anybody else could not.
const mayTake = (cell) => {
  const kinds = carried.from.dataset.kinds.split(" ");
  return cell.dataset.kinds.split(" ").some((kind) => kinds.includes(kind));
};

const hover = (cell, column, time) => {
  for (const old of board().querySelectorAll("[data-over]")) old.removeAttribute("data-over");
  carried.cell = cell;
  if (!cell) return;
  carried.column = column;
  carried.time = time;
  cell.dataset.over = mayTake(cell) ? "yes" : "no";
  const { saysOver, saysNotHere } = board().dataset;
  const label = labelOf(cell, column);
  says(mayTake(cell) ? `${saysOver} ${label}, ${time}` : `${label}: ${saysNotHere}`);
};

const begin = (chip) => {
  const from = chip.closest("td[data-day]");
  if (!from) return;
  carried = { chip, from, cell: from, column: columnOf(from), time: chip.dataset.time, isMoving: true };
  chip.dataset.carried = "";
  says(`${board().dataset.saysPicked}: ${chip.textContent.trim().replace(/\s+/g, " ")}`);
};

const end = () => {
  if (!carried) return;
  carried.chip.removeAttribute("data-carried");
  for (const old of board().querySelectorAll("[data-over]")) old.removeAttribute("data-over");
  carried = null;
};

const leave = () => {
  end();
  says(board().dataset.saysLeft);
};

const putDown = () => {
  const { chip, from, cell, column, time } = carried;
  const isSame = cell === from && column === columnOf(from) && time === chip.dataset.time;
  const isAble = cell && mayTake(cell);
  end();
  if (!isAble || isSame) return says(board().dataset.saysLeft);
  const asked = new URLSearchParams({ day: dayOf(cell, column), time, back: board().dataset.back });
  if (cell.dataset.resource !== chip.dataset.resource) {
    asked.set(`take_${chip.dataset.resource}`, cell.dataset.resource);
  }
  const dialog = document.getElementById("move-dialog");
  htmx.ajax("GET", `${chip.dataset.visit}?${asked}`, { target: "#move", swap: "innerHTML" }).then(() => {
    if (!dialog.open) dialog.showModal();
  });
};

// In the day's row the place of the pointer is a time; in the week a visit keeps its own.
const timeAt = (cell, x) => {
  if (!isDay()) return carried.chip.dataset.time;
  const box = cell.getBoundingClientRect();
  const slots = Number(board().dataset.slots);
  const grip = carried.grip ?? 0;
  const slot = Math.round(((x - grip - box.left) / box.width) * slots);
  return clock(Number(board().dataset.opensAt) * 60 + Math.min(Math.max(slot, 0), slots - 1) * SLOT);
};

// Over what is kept for days the place of the pointer is one of its days.
const columnAt = (cell, x) => {
  const box = cell.getBoundingClientRect();
  const days = Math.floor(((x - box.left) / box.width) * cell.colSpan);
  return columnOf(cell) + Math.min(Math.max(days, 0), cell.colSpan - 1);
};

document.addEventListener("pointerdown", (event) => {
  const chip = event.target.closest("a.chip[data-visit]");
  if (!chip || event.button !== 0 || !chip.closest("td[data-day]")) return;
  const box = chip.getBoundingClientRect();
  carried = {
    chip,
    from: chip.closest("td[data-day]"),
    pointer: event.pointerId,
    startX: event.clientX,
    startY: event.clientY,
    grip: event.clientX - box.left,
    isMoving: false,
  };
});

document.addEventListener("pointermove", (event) => {
  if (!carried || carried.pointer !== event.pointerId) return;
  if (!carried.isMoving) {
    if (Math.hypot(event.clientX - carried.startX, event.clientY - carried.startY) < THRESHOLD) return;
    carried.isMoving = true;
    carried.chip.dataset.carried = "";
  }
  event.preventDefault();
  const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest("td[data-day]") ?? null;
  hover(cell, cell && columnAt(cell, event.clientX), cell && timeAt(cell, event.clientX));
});

document.addEventListener("pointerup", (event) => {
  if (!carried || carried.pointer !== event.pointerId) return;
  if (!carried.isMoving) {
    carried = null;
    return;
  }
  // The click that follows a drag would open the visit's page.
  const stop = (click) => click.preventDefault();
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, { capture: true }));
  putDown();
});

document.addEventListener("pointercancel", () => carried?.pointer !== undefined && end());

document.addEventListener("keydown", (event) => {
  const chip = event.target.closest?.("a.chip[data-visit]");
  if (!carried || carried.pointer !== undefined) {
    if (chip && (event.key === "m" || event.key === "M") && chip.closest("td[data-day]")) {
      event.preventDefault();
      begin(chip);
    }
    return;
  }
  const all = rows();
  const row = all.indexOf(carried.cell.parentElement);
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (event.key === "Enter") {
    event.preventDefault();
    putDown();
  } else if (event.key === "Escape") {
    event.preventDefault();
    leave();
  } else if (step) {
    event.preventDefault();
    const [down, across] = step;
    if (isDay() && across) {
      const first = Number(board().dataset.opensAt) * 60;
      const last = first + (Number(board().dataset.slots) - 1) * SLOT;
      const time = Math.min(Math.max(minutes(carried.time) + across * SLOT, first), last);
      hover(carried.cell, carried.column, clock(time));
      return;
    }
    const next = all[Math.min(Math.max(row + down, 0), all.length - 1)];
    const days = cells(next);
    const last = columnOf(days.at(-1)) + days.at(-1).colSpan - 1;
    const column = Math.min(Math.max(carried.column + across, 0), last);
    const cell = days.find((other) => columnOf(other) + other.colSpan > column);
    hover(cell, column, carried.time);
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
});

// Whoever goes on to something else by keyboard leaves what they carried where it was.
document.addEventListener("focusout", (event) => {
  if (carried && carried.pointer === undefined && event.target === carried.chip) leave();
});

const ready = () => board()?.setAttribute("data-may-move", "");
ready();
document.addEventListener("htmx:load", ready);
