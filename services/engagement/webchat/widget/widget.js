/**
 * Rapport web chat: the element <rapport-chat>, in one file without a build. Asks its own host only, sets no cookie, writes no HTML
 * from text. What is kept in localStorage: the visitor's token, a secret of this browser, and what has not been sent yet.
 */

const BASE = new URL(".", import.meta.url);
const KEY = `rapport-chat:${BASE.href}`;
const WAIT_SECONDS = 8;
const CALL_TIMEOUT_MS = 20_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const RENEW_BEFORE_MS = 60_000;
const RECEIPTS_AT_ONCE = 100;
const TYPING_AGAIN_MS = 4000;
const UPLOAD_TIMEOUT_MS = 110_000;
const TEXT_LIMIT = 4000;
const PROOF_CHARS = 24;
const NOBODY = { token: "", subject: null, proof: "" };

const STRINGS = {
  en: {
    title: "Chat",
    open: "Open chat",
    close: "Close chat",
    greeting: "Hello! How can we help?",
    placeholder: "Write a message",
    send: "Send",
    sending: "Sending",
    sent: "Sent",
    delivered: "Delivered",
    failed: "Not sent",
    retry: "Try again",
    you: "You",
    us: "Reply",
    edited: "edited",
    deleted: "This message was taken back.",
    offline: "No connection. Your messages are kept and sent as soon as there is one.",
    unavailable: "The chat is not available at the moment.",
    unread: "{count} new",
    attachment: "Attachment",
    slow: "One moment, please: that was very fast.",
    typing: "Somebody is writing …",
    attach: "Attach a file",
    uploading: "The file is on its way …",
    fileRefused: "This file was not taken. Pictures, sound, video, PDF and text of up to 10 MB can be sent.",
  },
  de: {
    title: "Chat",
    open: "Chat öffnen",
    close: "Chat schließen",
    greeting: "Hallo! Wie können wir helfen?",
    placeholder: "Nachricht schreiben",
    send: "Senden",
    sending: "Wird gesendet",
    sent: "Gesendet",
    delivered: "Zugestellt",
    failed: "Nicht gesendet",
    retry: "Noch einmal",
    you: "Sie",
    us: "Antwort",
    edited: "bearbeitet",
    deleted: "Diese Nachricht wurde zurückgenommen.",
    offline: "Keine Verbindung. Ihre Nachrichten bleiben hier und werden gesendet, sobald es geht.",
    unavailable: "Der Chat ist zurzeit nicht erreichbar.",
    unread: "{count} neu",
    attachment: "Anhang",
    slow: "Einen Moment bitte: das war sehr schnell.",
    typing: "Jemand schreibt …",
    attach: "Datei anhängen",
    uploading: "Die Datei ist unterwegs …",
    fileRefused: "Diese Datei wurde nicht angenommen. Bilder, Ton, Video, PDF und Text bis 10 MB gehen.",
  },
  es: {
    title: "Chat",
    open: "Abrir el chat",
    close: "Cerrar el chat",
    greeting: "¡Hola! ¿En qué podemos ayudarle?",
    placeholder: "Escriba un mensaje",
    send: "Enviar",
    sending: "Enviando",
    sent: "Enviado",
    delivered: "Entregado",
    failed: "No enviado",
    retry: "Reintentar",
    you: "Usted",
    us: "Respuesta",
    edited: "editado",
    deleted: "Este mensaje se retiró.",
    offline: "Sin conexión. Sus mensajes se guardan y se enviarán en cuanto haya una.",
    unavailable: "El chat no está disponible en este momento.",
    unread: "{count} nuevos",
    attachment: "Adjunto",
    slow: "Un momento, por favor: ha sido muy rápido.",
    typing: "Alguien está escribiendo …",
    attach: "Adjuntar un archivo",
    uploading: "El archivo se está enviando …",
    fileRefused: "Este archivo no se aceptó. Se pueden enviar imágenes, sonido, vídeo, PDF y texto de hasta 10 MB.",
  },
};

const CSS = `
:host { --color: var(--rapport-chat-color, #1f4fd8); --on-color: var(--rapport-chat-on-color, #fff); all: initial; display: block;
  font: 15px/1.45 system-ui, sans-serif; color: #1b1f24; }
* { box-sizing: border-box; font: inherit; }
[hidden] { display: none !important; }
.launcher { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000; inline-size: 56px; block-size: 56px;
  border: 0; border-radius: 50%; background: var(--color); color: var(--on-color); cursor: pointer; box-shadow: 0 4px 16px #0003;
  transition: transform .15s; }
.launcher:hover { transform: scale(1.05); }
.launcher svg { inline-size: 26px; block-size: 26px; fill: currentColor; vertical-align: middle; }
.badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; padding: 1px 6px; border-radius: 11px;
  background: #b3261e; color: #fff; font-size: 12px; }
.panel { position: fixed; inset-block-end: 88px; inset-inline-end: 20px; z-index: 2147483000; display: flex; flex-direction: column;
  inline-size: 370px; max-inline-size: calc(100vw - 40px); block-size: 560px; max-block-size: calc(100vh - 108px); overflow: hidden;
  border-radius: 14px; background: #fff; box-shadow: 0 8px 40px #0004; animation: rise .15s; }
@keyframes rise { from { transform: translateY(12px); opacity: 0; } }
header { display: flex; align-items: center; gap: 8px; padding: 12px 16px; background: var(--color); color: var(--on-color); }
h2 { flex: 1; margin: 0; font-size: 16px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.close { border: 0; padding: 4px 10px; border-radius: 6px; background: transparent; color: inherit; font-size: 20px; line-height: 1;
  cursor: pointer; }
ol { flex: 1; margin: 0; padding: 16px; overflow-y: auto; overscroll-behavior: contain; list-style: none; display: flex;
  flex-direction: column; gap: 10px; }
li { max-inline-size: 84%; }
li.us { align-self: flex-start; }
li.visitor { align-self: flex-end; }
.text { padding: 8px 12px; border-radius: 14px; white-space: pre-wrap; overflow-wrap: anywhere; }
.us .text { background: #eef1f5; border-end-start-radius: 4px; }
.visitor .text { background: var(--color); color: var(--on-color); border-end-end-radius: 4px; }
.deleted .text { background: transparent; color: #57606a; font-style: italic; border: 1px solid #d0d7de; }
.attachment { display: block; margin-block-start: 4px; color: #0b57d0; overflow-wrap: anywhere; }
.state { display: block; padding: 2px 4px 0; font-size: 12px; color: #57606a; }
.visitor .state { text-align: end; }
.retry { border: 0; background: none; padding: 0 4px; color: #b3261e; text-decoration: underline; cursor: pointer; }
.typing { margin: 0; padding: 0 16px 8px; color: #57606a; font-size: 13px; }
.notice { margin: 0; padding: 8px 16px; background: #fff4ce; color: #4d3800; font-size: 13px; }
form { display: flex; align-items: flex-end; gap: 8px; padding: 10px 12px; border-block-start: 1px solid #d0d7de; }
textarea { flex: 1; min-block-size: 40px; max-block-size: 120px; padding: 9px 10px; border: 1px solid #8c959f; border-radius: 10px;
  resize: none; background: #fff; color: inherit; }
.attach { block-size: 40px; inline-size: 40px; padding: 0; border: 0; border-radius: 10px; background: transparent; color: #57606a;
  font-size: 20px; cursor: pointer; }
.send { block-size: 40px; padding: 0 14px; border: 0; border-radius: 10px; background: var(--color); color: var(--on-color); cursor: pointer; }
:focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px; }
.told { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 480px) {
  .panel { inset: 0; inline-size: 100%; max-inline-size: none; block-size: 100dvh; max-block-size: none; border-radius: 0; }
  .open .launcher { display: none; }
}
@media (prefers-reduced-motion: reduce) {
  .panel { animation: none; }
  .launcher { transition: none; }
  .launcher:hover { transform: none; }
}
@media (forced-colors: active) { .text, .launcher, .panel { border: 1px solid; } }
`;

/** localStorage, or memory where the browser allows none. A value that is no JSON counts as absent. */
const store = {
  memory: new Map(),
  get(name, otherwise) {
    try {
      const found = localStorage.getItem(`${KEY}:${name}`);
      return found === null ? this.memory.get(name) ?? otherwise : JSON.parse(found);
    } catch {
      return this.memory.get(name) ?? otherwise;
    }
  },
  set(name, value) {
    this.memory.set(name, value);
    try {
      localStorage.setItem(`${KEY}:${name}`, JSON.stringify(value));
    } catch {
      // Full or forbidden: memory holds it until the page ends.
    }
  },
  remove(name) {
    this.memory.delete(name);
    try {
      localStorage.removeItem(`${KEY}:${name}`);
    } catch {
      // Forbidden: it was never there.
    }
  },
  names(prefix) {
    const own = `${KEY}:`;
    let kept = [];
    try {
      kept = Object.keys(localStorage).filter((name) => name.startsWith(own)).map((name) => name.slice(own.length));
    } catch {
      // Forbidden: memory has them all.
    }
    return [...new Set([...kept, ...this.memory.keys()])].filter((name) => name.startsWith(prefix));
  },
};

/** An answer that is no success; `retryMs` is how long the server wants to be left alone. */
class Refused extends Error {
  constructor({ status, code, detail, retryMs, token }) {
    super(`${status} ${code}: ${detail}`);
    Object.assign(this, { status, code, retryMs, token });
  }
}

/** Somebody waits, somebody rings; a ring that nobody waits for is remembered. */
class Bell {
  #rung = false;
  #wake = null;

  ring() {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(milliseconds) {
    if (!this.#rung) {
      let timer;
      await new Promise((resolve) => {
        this.#wake = resolve;
        if (milliseconds !== undefined) timer = setTimeout(resolve, milliseconds);
      });
      clearTimeout(timer);
      this.#wake = null;
    }
    this.#rung = false;
  }
}

/** Random text of letters and digits; works on pages without a secure context too. */
function randomName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whom a site's token names; not checked here, only compared with whom the session is of. */
function subjectOf(identity) {
  try {
    const claims = identity.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return String(JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(claims), (each) => each.charCodeAt(0)))).sub);
  } catch {
    return "";
  }
}

function addressOf(text) {
  try {
    return text ? new URL(text, BASE) : null;
  } catch {
    return null;
  }
}

function pauseAfter(failures) {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
  return longest / 2 + (Math.random() * longest) / 2;
}

function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && name !== "role") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function icon() {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z");
  picture.append(path);
  return picture;
}

/** The conversation with the server: session, messages out, mailbox in. Tells `changed` when there is something to show. */
class Talk {
  entries = new Map();
  recorded = 0;
  loaded = false;
  typing = false;
  handing = "";
  trouble = "";
  #askIdentity;
  #changed;
  #cursor = "";
  #alive = true;
  #outgoing = new Bell();
  #incoming = new Bell();
  #session = null;
  #told = { delivered: new Set(), read: new Set() };
  #identity = null;
  #watching = false;
  #open = false;
  #toldTyping = 0;

  constructor({ askIdentity, changed }) {
    this.#askIdentity = askIdentity;
    this.#changed = changed;
    this.#keepSending();
    this.#keepReading();
  }

  end() {
    this.#alive = false;
    this.nudge();
  }

  /** Something may have changed: the network, the tab, another tab. */
  nudge = () => {
    this.#outgoing.ring();
    this.#incoming.ring();
  };

  /** Whether the panel is open, and so whether one reads what comes. */
  show(open) {
    this.#open = open;
    this.#watching ||= open;
    this.nudge();
    // The reader may be waiting for news; what is seen now is told now, and again by the reader where this fails.
    if (open && this.loaded) this.#acknowledge().catch(() => this.#incoming.ring());
  }

  /** Look once whether there is something, without being asked. */
  watch() {
    this.#watching = true;
    this.#incoming.ring();
  }

  get #subject() {
    return this.#identity?.subject ?? null;
  }

  /** The site has something else to say of who is here. */
  reconsider() {
    this.#identity = null;
    this.#watching = true;
    this.nudge();
  }

  get settings() {
    return store.get("settings", {});
  }

  /** What is not sent yet, the oldest first: one item of the store for each, so that tabs do not overwrite one another's. */
  get outbox() {
    const items = store.names("outbox:").map((name) => store.get(name, null)).filter(Boolean);
    return items.filter((item) => item.subject === this.#subject || item.subject === null).sort((one, other) => one.at - other.at);
  }

  get unread() {
    return [...this.entries.values()].filter((entry) => entry.from === "us" && !entry.read && !entry.deleted).length;
  }

  /** Keep a message; it is sent as soon as it can be, once, whatever happens to this page. */
  say(text, files = []) {
    const page = { url: location.href.slice(0, 2000), title: document.title.slice(0, 300) };
    const item = { id: randomName(), text, files, page, subject: this.#subject, at: Date.now() };
    store.set(`outbox:${item.id}`, item);
    store.set("started", true);
    this.#watching = true;
    this.nudge();
    this.#changed();
  }

  /** Hand a file in, then say so in a message of its own. `handing` is where that stands: "uploading", "fileRefused" or nothing. */
  async hand(file) {
    this.handing = "uploading";
    this.#changed();
    try {
      await this.#enter();
      const { file: token } = await this.#call("POST", "uploads", { size_bytes: file.size });
      const place = new URL(`../../media/${token}?${new URLSearchParams({ name: file.name.slice(0, 200) })}`, BASE);
      // Without a type of its own the request is one that browsers send to any host unasked.
      const answer = await fetch(place, {
        method: "POST",
        body: new Blob([file]),
        credentials: "omit",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
      });
      if (!answer.ok) throw new Error(`${answer.status}`);
      this.handing = "";
      this.say("", [{ token, name: file.name }]);
    } catch (error) {
      console.warn(`Rapport web chat: a file was not taken: ${error.message}`);
      this.handing = "fileRefused";
      this.#changed();
    }
  }

  /** Tell those who answer that something is being written, again and again while it is; where that fails, nobody misses it. */
  writes(text) {
    const typing = text.trim() !== "";
    const known = typing ? Date.now() - this.#toldTyping < TYPING_AGAIN_MS : this.#toldTyping === 0;
    if (known || !store.get("session", null) || !store.get("started", false)) return;
    this.#toldTyping = typing ? Date.now() : 0;
    this.#call("POST", "typing", { typing }).catch(() => {});
  }

  /** Send again what the server refused. */
  retry(id) {
    this.#mark(id, false);
    this.#outgoing.ring();
  }

  /** Forget who was here: for when somebody signs out, or another one signs in. */
  forget() {
    store.set("session", null);
    store.set("started", false);
    for (const item of this.outbox) if (item.subject !== null) store.remove(`outbox:${item.id}`);
    this.#startAfresh();
  }

  #startAfresh() {
    this.entries.clear();
    this.recorded = 0;
    this.loaded = false;
    this.typing = false;
    this.#cursor = "";
    this.#told = { delivered: new Set(), read: new Set() };
    this.#changed();
  }

  #mark(id, failed) {
    const item = store.get(`outbox:${id}`, null);
    if (item) store.set(`outbox:${id}`, { ...item, failed });
    this.#changed();
  }

  async #keepSending() {
    for (let failures = 0; this.#alive; ) {
      const item = this.outbox.find((each) => !each.failed);
      if (item === undefined) {
        await this.#outgoing.wait();
        continue;
      }
      try {
        await this.#enter();
        const { id, text, page } = item;
        const files = (item.files ?? []).map((file) => file.token);
        this.#keep([await this.#call("POST", "messages", { id, text, page, files })]);
        store.remove(`outbox:${item.id}`);
        this.#changed();
        this.#incoming.ring();
        failures = this.#recovered();
      } catch (error) {
        const hopeless = error instanceof Refused && [400, 409, 413, 422].includes(error.status);
        if (hopeless) this.#mark(item.id, true);
        else await this.#failed(error, failures++, this.#outgoing);
      }
    }
  }

  async #keepReading() {
    for (let failures = 0; this.#alive; ) {
      if (document.hidden || !(this.#watching || store.get("started", false))) {
        await this.#incoming.wait();
        continue;
      }
      try {
        await this.#enter();
        const wait = this.loaded && !this.#owesReceipts ? WAIT_SECONDS : 0;
        const query = new URLSearchParams({ after: this.#cursor, wait, recorded: this.recorded, typing: Number(this.typing) });
        this.#takePage(await this.#call("GET", `messages?${query}`));
        await this.#acknowledge();
        failures = this.#recovered();
        if (this.#pageRetryMs) await this.#incoming.wait(this.#pageRetryMs);
      } catch (error) {
        await this.#failed(error, failures++, this.#incoming);
      }
    }
  }

  #pageRetryMs = 0;

  #takePage(page) {
    this.#keep(page.entries);
    this.#cursor = page.cursor;
    this.recorded = Math.max(this.recorded, page.recorded);
    this.typing = page.typing;
    this.#pageRetryMs = page.retry_seconds * 1000;
    this.#changed();
    if (!page.more) {
      // Whoever only looked, and found nothing, need not go on looking.
      if (this.entries.size > 0) store.set("started", true);
      else if (!this.#open) this.#watching = false;
      this.loaded = true;
    }
  }

  #keep(entries) {
    for (const entry of entries) {
      const known = this.entries.get(entry.id);
      this.entries.set(entry.id, { ...entry, read: entry.read || Boolean(known?.read) });
    }
  }

  #due(state) {
    const ours = [...this.entries.values()].filter((entry) => entry.from === "us" && !entry.read);
    return ours.map((entry) => entry.id).filter((id) => !this.#told[state].has(id)).slice(0, RECEIPTS_AT_ONCE);
  }

  get #sees() {
    return this.#open && !document.hidden;
  }

  get #owesReceipts() {
    return this.#due(this.#sees ? "read" : "delivered").length > 0;
  }

  async #acknowledge() {
    const state = this.#sees ? "read" : "delivered";
    const ids = this.#due(state);
    if (ids.length === 0) return;
    await this.#call("POST", "receipts", { ids, state });
    for (const id of ids) this.#told[state].add(id);
    if (state === "read") for (const id of ids) Object.assign(this.entries.get(id) ?? {}, { read: true });
    this.#changed();
  }

  #recovered() {
    if (this.trouble) {
      this.trouble = "";
      this.#changed();
    }
    return 0;
  }

  async #failed(error, failures, bell) {
    if (error instanceof Refused && error.status === 401 && store.get("session", null)?.token === error.token) {
      store.set("session", null);
      this.#startAfresh();
    }
    const reachable = error instanceof Refused;
    this.trouble = !reachable ? "offline" : error.status === 429 ? "slow" : error.status === 401 && failures < 2 ? "" : "unavailable";
    if (reachable && this.trouble === "unavailable") console.warn(`Rapport web chat: ${error.message}`);
    this.#changed();
    await bell.wait(Math.max(error.retryMs ?? 0, pauseAfter(failures)));
  }

  /** A session that counts; one at a time, in this tab and among the tabs where the browser has locks. */
  #enter() {
    const enter = () => this.#enterOnce();
    this.#session ??= (navigator.locks ? navigator.locks.request(KEY, enter) : enter()).finally(() => {
      this.#session = null;
    });
    return this.#session;
  }

  async #enterOnce() {
    const arrived = this.#identity === null;
    if (arrived) await this.#ask();
    const held = store.get("session", null);
    if (held && held.subject !== null && held.subject !== this.#subject) this.forget();
    const mine = store.get("session", null);
    const counts = mine && mine.subject === this.#subject && Date.now() < mine.renew;
    // A page that comes with a new word of the site is a visit: the session begins anew, and what the site says is written down.
    if (counts && !(arrived && this.#identity.proof !== mine.proof)) return;
    if (!arrived && this.#identity.token) await this.#ask();
    if (this.#identity.token) await this.#signIn();
    else this.#granted(await this.#call("POST", "session", {}));
  }

  /** The site's word for who is here; asked once a page, and again when the session ends. */
  async #ask() {
    const token = (await this.#askIdentity()) || "";
    this.#identity = { token, subject: token ? subjectOf(token) : null, proof: token.slice(-PROOF_CHARS) };
  }

  async #signIn() {
    if (!store.get("browser", null)) store.set("browser", randomName());
    try {
      this.#granted(await this.#call("POST", "session", { identity: this.#identity.token, browser: store.get("browser") }));
    } catch (error) {
      if (!(error instanceof Refused) || !String(error.code).startsWith("identity_")) throw error;
      console.warn(`Rapport web chat goes on without the identity: ${error.message}`);
      const held = store.get("session", null);
      if (held?.subject === this.#subject && Date.now() < held.renew) {
        store.set("session", { ...held, proof: this.#identity.proof });
        return;
      }
      if (held?.subject) this.forget();
      this.#identity = { ...NOBODY };
      this.#granted(await this.#call("POST", "session", {}));
    }
  }

  /** A signed-in session lives as long as it was given; an anonymous one is prolonged by visits, from half of its life on. */
  #granted(told) {
    store.set("settings", { title: told.title, greeting: told.greeting, files: told.files });
    const before = store.get("session", null);
    const expires = Date.parse(told.expires_at);
    const renew = told.signed_in ? expires - RENEW_BEFORE_MS : (Date.now() + expires) / 2;
    store.set("session", { token: told.token, subject: this.#subject, proof: this.#identity.proof, renew });
    if (before && before.subject !== this.#subject) this.#startAfresh();
    else this.#changed();
  }

  async #call(method, name, body) {
    const token = store.get("session", null)?.token;
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(new URL(name, BASE), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    const told = await answer.json().catch(() => ({}));
    const retryMs = Number(answer.headers.get("retry-after")) * 1000 || 0;
    if (!answer.ok) throw new Refused({ status: answer.status, code: told.code, detail: told.detail, retryMs, token });
    return told;
  }
}

/**
 * <rapport-chat>: a button in the corner, and the panel behind it.
 *
 * Attributes: `identity` (a JWT of the site's server), `heading`, `greeting`, `lang`, `dir`, `strings` (JSON of single texts), `open`.
 * Properties: `identity` (text, or a function that gives it, also later), `strings`. Methods: `show`, `hide`, `signOut`.
 */
class RapportChat extends HTMLElement {
  static observedAttributes = ["identity", "heading", "greeting", "lang", "dir", "strings"];

  #parts = null;
  #talk = null;
  #identity = null;
  #strings = {};
  #announced = new Set();
  #isOpen = false;

  connectedCallback() {
    this.#build();
    const askIdentity = async () => {
      const given = this.#identity ?? this.getAttribute("identity");
      return typeof given === "function" ? given() : given;
    };
    this.#talk = new Talk({ askIdentity, changed: () => this.#render() });
    for (const [target, name] of this.#signals()) target.addEventListener(name, this.#notice);
    if (this.#identity ?? this.getAttribute("identity")) this.#talk.watch();
    this.#render();
    if (this.hasAttribute("open")) this.show();
  }

  disconnectedCallback() {
    for (const [target, name] of this.#signals()) target.removeEventListener(name, this.#notice);
    this.#talk.end();
  }

  attributeChangedCallback(name, before, after) {
    if (!this.#talk || before === after) return;
    if (name === "identity") this.#talk.reconsider();
    else this.#render();
  }

  set identity(given) {
    this.#identity = given;
    this.#talk?.reconsider();
  }

  set strings(given) {
    this.#strings = { ...given };
    if (this.#talk) this.#render();
  }

  show() {
    this.#isOpen = true;
    this.#talk.show(true);
    this.#render();
    this.#parts.field.focus();
  }

  hide() {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#talk.show(false);
    this.#render();
    this.#parts.launcher.focus();
  }

  /** Forget the signed-in visitor on this browser; call it when somebody signs out of the site. */
  signOut() {
    this.#identity = null;
    this.removeAttribute("identity");
    this.#talk.forget();
    this.#talk.reconsider();
    this.hide();
  }

  #notice = () => {
    this.#talk.nudge();
    this.#render();
  };

  #signals() {
    return [[window, "online"], [window, "storage"], [document, "visibilitychange"]];
  }

  #text(name) {
    const language = (this.getAttribute("lang") || document.documentElement.lang || "en").toLowerCase().split("-")[0];
    const own = { ...this.#given("strings"), ...this.#strings };
    return own[name] ?? (STRINGS[language] ?? STRINGS.en)[name];
  }

  #given(name) {
    try {
      return JSON.parse(this.getAttribute(name) ?? "{}");
    } catch {
      return {};
    }
  }

  #setting(name, attribute = name) {
    return this.getAttribute(attribute) || this.#talk.settings[name] || this.#text(name);
  }

  #build() {
    if (this.#parts) return;
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    const badge = make("span", { className: "badge", hidden: true, "aria-hidden": "true" });
    const launcher = make("button", { className: "launcher", type: "button", "aria-controls": "panel" }, icon(), badge);
    const title = make("h2", { id: "title" });
    const close = make("button", { className: "close", type: "button", textContent: "×" });
    const list = make("ol", { tabIndex: 0, "aria-labelledby": "title" });
    const typing = make("p", { className: "typing", role: "status", hidden: true });
    const notice = make("p", { className: "notice", role: "status", hidden: true });
    const field = make("textarea", { rows: 1, maxLength: TEXT_LIMIT });
    const send = make("button", { className: "send", type: "submit" });
    const chooser = make("input", { type: "file", hidden: true, tabIndex: -1 });
    const attach = make("button", { className: "attach", type: "button", textContent: "📎" });
    const form = make("form", {}, attach, chooser, field, send);
    const told = make("div", { className: "told", role: "log", "aria-live": "polite" });
    const header = make("header", {}, title, close);
    const named = { className: "panel", id: "panel", role: "dialog", "aria-labelledby": "title", hidden: true };
    const panel = make("section", named, header, list, typing, notice, form);
    const frame = make("div", { className: "frame" }, panel, launcher, told);
    root.append(frame);
    this.#parts = { frame, launcher, badge, panel, title, close, list, typing, notice, form, chooser, attach, field, send, told };
    this.#listen();
  }

  #listen() {
    const { launcher, close, panel, form, chooser, attach, field } = this.#parts;
    launcher.addEventListener("click", () => (this.#isOpen ? this.hide() : this.show()));
    close.addEventListener("click", () => this.hide());
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hide();
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    attach.addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", () => {
      if (chooser.files.length) this.#talk.hand(chooser.files[0]);
      chooser.value = "";
    });
    field.addEventListener("input", () => this.#talk.writes(field.value));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = field.value.trim();
      if (text) this.#talk.say(text);
      field.value = "";
      this.#talk.writes("");
      field.focus();
    });
  }

  #render() {
    const { frame, launcher, badge, panel, title, close, typing, notice, chooser, attach, field, send } = this.#parts;
    const unread = this.#isOpen ? 0 : this.#talk.unread;
    frame.dir = this.getAttribute("dir") || getComputedStyle(this.parentElement ?? document.documentElement).direction;
    frame.classList.toggle("open", this.#isOpen);
    panel.hidden = !this.#isOpen;
    title.textContent = this.#setting("title", "heading");
    close.setAttribute("aria-label", this.#text("close"));
    const count = unread ? `, ${this.#text("unread").replace("{count}", unread)}` : "";
    launcher.setAttribute("aria-label", this.#text(this.#isOpen ? "close" : "open") + count);
    launcher.setAttribute("aria-expanded", String(this.#isOpen));
    badge.textContent = unread > 99 ? "99+" : unread;
    badge.hidden = unread === 0;
    field.placeholder = this.#text("placeholder");
    field.setAttribute("aria-label", this.#text("placeholder"));
    send.textContent = this.#text("send");
    typing.hidden = !this.#talk.typing;
    const words = this.#talk.typing ? this.#text("typing") : "";
    if (typing.textContent !== words) typing.textContent = words;
    const files = this.#talk.settings.files;
    attach.hidden = !files;
    attach.disabled = this.#talk.handing === "uploading";
    attach.setAttribute("aria-label", this.#text("attach"));
    chooser.accept = files ? files.types.join() : "";
    const trouble = this.#talk.trouble || this.#talk.handing;
    notice.hidden = !trouble;
    if (notice.textContent !== (trouble && this.#text(trouble))) notice.textContent = trouble && this.#text(trouble);
    this.#renderList();
    this.#announce();
  }

  #renderList() {
    const { list } = this.#parts;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    const entries = [...this.#talk.entries.values()].sort((one, other) => one.position - other.position);
    const waiting = this.#talk.outbox.filter((item) => !this.#talk.entries.has(item.id));
    const greeting = { id: "greeting", from: "us", text: this.#setting("greeting"), attachments: [] };
    const shown = [greeting, ...entries, ...waiting.map((item) => ({ ...item, from: "visitor", text: item.text || item.files?.[0]?.name || "", attachments: [], waiting: true }))];
    const present = new Map([...list.children].map((item) => [item.dataset.id, item]));
    shown.forEach((entry, place) => {
      const version = JSON.stringify([entry, this.#stateOf(entry)]);
      let item = present.get(entry.id);
      if (!item || item.dataset.version !== version) {
        const fresh = this.#item(entry);
        fresh.dataset.version = version;
        item?.replaceWith(fresh);
        item = fresh;
      }
      present.delete(entry.id);
      if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
    });
    for (const gone of present.values()) gone.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  #stateOf(entry) {
    if (entry.from === "us") return entry.edited && !entry.deleted ? "edited" : "";
    if (entry.waiting) return entry.failed ? "failed" : "sending";
    return entry.position <= this.#talk.recorded ? "delivered" : "sent";
  }

  #item(entry) {
    const words = entry.deleted ? this.#text("deleted") : entry.text;
    const who = make("span", { className: "told", textContent: `${this.#text(entry.from === "us" ? "us" : "you")}: ` });
    const text = make("div", { className: "text", dir: "auto" }, who, words);
    const item = make("li", { className: `${entry.from}${entry.deleted ? " deleted" : ""}` }, text);
    text.hidden = !words;
    item.dataset.id = entry.id;
    for (const attachment of entry.attachments ?? []) item.append(...this.#link(attachment));
    const state = this.#stateOf(entry);
    if (state) item.append(make("span", { className: "state", textContent: this.#text(state) }));
    item.dataset.state = state;
    if (state === "failed") {
      const retry = make("button", { className: "retry", type: "button", textContent: this.#text("retry") });
      retry.addEventListener("click", () => this.#talk.retry(entry.id));
      item.append(retry);
    }
    return item;
  }

  /** Only addresses that a browser opens as pages; never a script's. */
  #link({ url, name }) {
    const address = addressOf(url);
    if (!address || !["https:", "http:"].includes(address.protocol)) return [];
    const properties = { className: "attachment", href: address.href, target: "_blank", rel: "noopener noreferrer nofollow" };
    return [make("a", { ...properties, textContent: name || this.#text("attachment") })];
  }

  /** Say aloud what came while the page was there; what stood there before is read in the list. */
  #announce() {
    const first = !this.#talk.loaded;
    for (const entry of this.#talk.entries.values()) {
      if (this.#announced.has(entry.id)) continue;
      this.#announced.add(entry.id);
      if (first || entry.from !== "us" || entry.read || entry.deleted) continue;
      this.#parts.told.append(make("p", { textContent: `${this.#text("us")}: ${entry.text}` }));
      while (this.#parts.told.children.length > 5) this.#parts.told.firstChild.remove();
    }
  }
}

if (!customElements.get("rapport-chat")) customElements.define("rapport-chat", RapportChat);
