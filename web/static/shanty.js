// What is live. The pages work without it; nothing here knows what a page is about.
//
// data-live (with an id)     the element is replaced when something has changed
// data-awaited               a picture that may come only later is asked for again
// data-age                   a <time> that is kept true
// data-key="r"               the key clicks the element
// data-swipe="left"          swiping its closest [data-swipes] that way clicks the element
// data-preview="ADDRESS"     on a form: what is typed is posted there, and from the answer come
//                            those of the form's elements that are data-previewed and have an id
// data-play="ADDRESS"        plays it; data-play-title and data-play-line say what it is
// data-play-sample           beside data-play: nothing follows it, and it ends with its page

const root = document.documentElement.dataset.root;
const player = document.getElementById("player");
const audio = player.querySelector("audio");
const lost = document.getElementById("lost");
const TYPED_INTO = "input:not([type=checkbox], [type=radio]), textarea, select";

// ---- fetching this page, or another, and showing what differs -------------------------------

async function fetchPage(address, options = {}) {
  const answer = await fetch(address, { headers: { accept: "text/html" }, ...options });
  if (answer.status === 401) location.reload(); // the session has ended
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, address: answer.url };
}

function isBeingEdited(element) {
  const field = document.activeElement;
  return element.contains(field) && field.matches(TYPED_INTO);
}

function replace(old, fresh) {
  if (old.innerHTML === fresh.innerHTML || isBeingEdited(old)) return;
  const focused = old.contains(document.activeElement) ? describe(document.activeElement) : null;
  const open = [...old.querySelectorAll("details[open][id]")].map((one) => one.id);
  const ticked = [...old.querySelectorAll("input[id]:checked")].map((one) => one.id);
  old.replaceWith(fresh);
  for (const id of ticked) document.getElementById(id)?.click();
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) fresh.querySelector(focused)?.focus({ preventScroll: true });
}

function describe(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const label = element.getAttribute("aria-label");
  if (label) return `[aria-label="${CSS.escape(label)}"]`;
  const link = element.getAttribute("href");
  return link ? `[href="${CSS.escape(link)}"]` : null;
}

let refreshing = false;
let again = false;

async function refresh() {
  if (refreshing) return void (again = true);
  if (!document.querySelector("[data-live][id]")) return; // a search is not made anew
  refreshing = true;
  try {
    const here = location.href;
    const { page } = await fetchPage(here);
    if (here !== location.href) return;
    for (const old of document.querySelectorAll("[data-live][id]")) {
      const fresh = page.getElementById(old.id);
      if (fresh) replace(old, fresh);
    }
  } catch {
    // The stream tells of a server that is gone, and of its return.
  } finally {
    setTimeout(() => {
      refreshing = false;
      if (again) refresh();
      again = false;
    }, 1000);
  }
}

async function show(address, options) {
  const { page, address: reached } = await fetchPage(address, options);
  const fresh = page.getElementById("main");
  if (!fresh) return void location.assign(reached);
  const isSamePage = new URL(reached).pathname === location.pathname;
  if (reached !== location.href) history.pushState(null, "", reached);
  put(page);
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) target.scrollIntoView();
  else if (!options?.method || !isSamePage) scrollTo(0, 0);
  document.getElementById("main").focus({ preventScroll: true });
}

function put(page) {
  document.title = page.title;
  document.getElementById("main").replaceWith(page.getElementById("main"));
  document.getElementById("places").replaceWith(page.getElementById("places"));
  const isGone = !document.querySelector(`[data-play="${CSS.escape(playing ?? "")}"]`);
  if (isSample && isGone) closePlayer();
  showPlaying();
  showChosen();
}

// Pages change in place, so that what plays plays on.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const isPlain = !event.defaultPrevented && event.button === 0 &&
    !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || link.target || link.hasAttribute("download")) return;
  const isOurs = link.origin === location.origin && link.pathname.startsWith(`${root}/`);
  const isHere = link.pathname === location.pathname && link.search === location.search;
  if (!isOurs || (isHere && link.hash)) return;
  event.preventDefault();
  show(link.href).catch(() => location.assign(link.href));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const files = form.querySelector("input[type=file]");
  const sure = event.submitter?.dataset.sure ?? form.dataset.sure;
  if (sure && !confirm(sure)) return void event.preventDefault();
  if (form.target || files) return;
  event.preventDefault();
  const content = new URLSearchParams(new FormData(form, event.submitter));
  const address = new URL(form.action);
  const isPost = form.method === "post";
  if (!isPost) address.search = content;
  const options = isPost ? { method: "POST", body: content } : undefined;
  form.setAttribute("aria-busy", "true");
  show(address.href, options)
    .catch(() => (isPost ? (lost.hidden = false) : location.assign(address)))
    .finally(() => form.removeAttribute("aria-busy"));
});

addEventListener("popstate", async () => {
  try {
    put((await fetchPage(location.href)).page);
  } catch {
    location.reload();
  }
});

// What a form would come to is shown while it is filled in.
let typing = 0;
let previews = 0;

async function preview(form) {
  const mine = ++previews;
  const body = new URLSearchParams(new FormData(form));
  const { page } = await fetchPage(form.dataset.preview, { method: "POST", body });
  if (mine !== previews) return; // something else was typed meanwhile
  for (const old of form.querySelectorAll("[data-previewed][id]")) {
    const fresh = page.getElementById(old.id);
    if (fresh) old.replaceWith(fresh);
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-preview]");
  if (!form) return;
  clearTimeout(typing);
  typing = setTimeout(() => preview(form).catch(() => {}), 300);
});

// ---- the stream of changes --------------------------------------------------------------------

let stream = null;
let reopening = 0;

function listen() {
  clearTimeout(reopening);
  stream?.close();
  stream = new EventSource(`${root}/live`);
  stream.addEventListener("change", () => {
    lost.hidden = true;
    refresh();
  });
  stream.addEventListener("error", () => {
    lost.hidden = false;
    // A browser tries again by itself after a cut, but not after an error that was answered.
    if (stream.readyState === EventSource.CLOSED) reopening = setTimeout(listen, 2000);
  });
}

// A page that nobody sees has no stream: browsers have but six connections to a server.
function followSight() {
  if (document.hidden) {
    clearTimeout(reopening);
    stream?.close();
  } else listen();
}
document.addEventListener("visibilitychange", followSight);
addEventListener("pageshow", (event) => event.persisted && followSight());
followSight();

// ---- what is chosen, and pictures that come later ------------------------------------------------

// The state that is shown is in sight, however many there are beside it.
function showChosen() {
  for (const one of document.querySelectorAll(".chips [aria-current]")) {
    const row = one.parentElement;
    row.scrollLeft = one.offsetLeft - row.offsetLeft - (row.clientWidth - one.offsetWidth) / 2;
  }
}
showChosen();

const AGAIN_MS = [600, 900, 1300, 2000, 3000, 4000, 6000, 8000, 8000, 8000, 8000];
const tries = new WeakMap();

function awaitPicture(image) {
  const tried = tries.get(image) ?? 0;
  if (tried >= AGAIN_MS.length) return;
  tries.set(image, tried + 1);
  setTimeout(() => image.isConnected && (image.src = image.src), AGAIN_MS[tried]);
}

// Some have been answered before this module runs.
function awaitPictures() {
  for (const image of document.querySelectorAll("img[data-awaited]")) {
    if (image.complete && !image.naturalWidth && !tries.has(image)) awaitPicture(image);
  }
}
document.addEventListener("error", (event) => {
  if (event.target.matches?.("img[data-awaited]")) awaitPicture(event.target);
}, true);
awaitPictures();

// ---- times, keys, swipes, the player ----------------------------------------------------------

const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function describeAge(at) {
  const seconds = (at - Date.now()) / 1000;
  const found = units.find(([size]) => Math.abs(seconds) >= size);
  if (!found) return "now";
  const text = `${Math.floor(Math.abs(seconds) / found[0])} ${found[1]}`;
  return seconds > 0 ? `in ${text}` : `${text} ago`;
}

setInterval(() => {
  for (const time of document.querySelectorAll("time[data-age]")) {
    const text = describeAge(Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}, 1000);

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches(TYPED_INTO);
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && event.target.matches("button, a, summary, input, audio")) return;
  if (event.key === " " && !player.hidden) {
    event.preventDefault();
    if (audio.paused) audio.play();
    else audio.pause();
    return;
  }
  const key = CSS.escape(event.key.toLowerCase());
  const element = document.querySelector(`[data-key="${key}"]`);
  if (element) {
    event.preventDefault();
    if (element.matches("input, textarea")) element.focus();
    else element.click();
  }
});

let touch = null;
document.addEventListener("touchstart", (event) => {
  const field = event.target.closest("[data-swipes]");
  touch = field && event.touches.length === 1
    ? { field, x: event.touches[0].clientX, y: event.touches[0].clientY }
    : null;
}, { passive: true });
document.addEventListener("touchend", (event) => {
  if (!touch) return;
  const x = event.changedTouches[0].clientX - touch.x;
  const y = event.changedTouches[0].clientY - touch.y;
  const isSwipe = Math.abs(x) > 80 && Math.abs(x) > 2 * Math.abs(y);
  if (isSwipe) touch.field.querySelector(`[data-swipe="${x < 0 ? "left" : "right"}"]`)?.click();
  touch = null;
}, { passive: true });

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-play]");
  if (button) {
    event.preventDefault(); // as a link, it works without this module
    play(button);
  }
  if (event.target.closest("[data-player-close]")) closePlayer();
});

let playing = null;
let isSample = false;

function closePlayer() {
  audio.pause();
  audio.removeAttribute("src");
  playing = null;
  player.hidden = true;
  showPlaying();
}

// Each button shows whether its sound is the one that is heard, or still waited for.
function showPlaying() {
  for (const button of document.querySelectorAll("[data-play]")) {
    const isMine = button.dataset.play === playing;
    button.classList.toggle("is-playing", isMine && !audio.paused);
    button.classList.toggle("is-waiting", isMine && !audio.paused && audio.readyState < 3);
  }
}
for (const name of ["play", "playing", "pause", "waiting", "canplay", "ended", "emptied"]) {
  audio.addEventListener(name, showPlaying);
}

// A player does not say why nothing comes; whoever should have sent it does.
audio.addEventListener("error", async () => {
  const address = playing;
  if (!address || !audio.getAttribute("src")) return;
  audio.removeAttribute("src");
  const line = player.querySelector(".player-line");
  line.textContent = "It cannot be played.";
  try {
    const answer = await fetch(address, { headers: { accept: "application/json" } });
    if (!answer.ok && address === playing) line.textContent = (await answer.json()).error.message;
  } catch {
    // The stream tells of a server that is gone.
  }
  showPlaying();
});

function play(button) {
  const { play: address, playTitle, playLine } = button.dataset;
  player.hidden = false;
  player.querySelector(".player-title").textContent = playTitle ?? "";
  player.querySelector(".player-line").textContent = playLine ?? "";
  if (audio.getAttribute("src") === address && !audio.paused) return audio.pause();
  if (audio.getAttribute("src") !== address) audio.src = address;
  playing = address;
  isSample = "playSample" in button.dataset;
  const choice = button.parentElement.querySelector(":scope > input[type=radio]");
  if (choice) choice.checked = true;
  audio.play().catch(() => {});
  showPlaying();
}

// The next one on the page follows, as on a record.
audio.addEventListener("ended", () => {
  if (isSample) return;
  const all = [...document.querySelectorAll("[data-play]")];
  const at = all.findIndex((one) => one.dataset.play === playing);
  if (at >= 0 && all[at + 1]) play(all[at + 1]);
});
