// The live feed: connects, notices when it is lost, and connects again.

// The node speaks at least once a second: three seconds of silence are a lost connection, whatever TCP says.
const SILENCE_MS = 3000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;

export class Connection {
  // told(update, isFirst) for each message; lost() once when the connection ends, or none comes about. It connects
  // when it is opened, and again and again until it is stopped.
  constructor(url, told, lost) {
    this.url = url;
    this.told = told;
    this.lost = lost;
    this.tries = 0;
    this.socket = this.retry = null;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
  }

  open() {
    if (this.socket !== null) return;
    clearTimeout(this.retry);
    this.retry = null;
    const socket = new WebSocket(this.url);
    let isFirst = true;
    this.watch(socket);
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      this.watch(socket);
      this.tries = 0;
      this.told(JSON.parse(data), isFirst);
      isFirst = false;
    };
    socket.onclose = () => this.drop(socket);
    this.socket = socket;
  }

  stop() {
    const socket = this.socket;
    clearTimeout(this.retry);
    clearTimeout(this.watchdog);
    this.socket = this.retry = null;
    this.tries = 0;
    socket?.close();
  }

  watch(socket) {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.drop(socket), SILENCE_MS);
  }

  drop(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    clearTimeout(this.watchdog);
    socket.close();
    const longest = Math.min(FIRST_RETRY_MS * 2 ** this.tries, LONGEST_RETRY_MS);
    this.tries += 1;
    this.retry = setTimeout(() => this.open(), longest * (0.5 + Math.random() / 2));
    this.lost();
  }

  hurry() {
    if (this.retry !== null && this.socket === null) this.open();
  }
}
