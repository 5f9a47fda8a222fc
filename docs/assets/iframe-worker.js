// The site's search runs in a worker, which browsers refuse to pages that were opened from a disk (file:). There a hidden
// frame stands in for it: the worker's script runs in the frame, and messages pass between the frame and the page.
(() => {
  if (location.protocol !== "file:") return;

  function prepare(frame, worker) {
    const inside = frame.contentWindow;
    inside.postMessage = (data) => worker.deliver(data);
    inside.importScripts = (...addresses) =>
      addresses.reduce((before, address) => before.then(() => load(inside.document, address)), Promise.resolve());
  }

  function load(target, address) {
    return new Promise((resolve, reject) => {
      const script = target.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`cannot load ${address}`));
      target.body.append(script);
    });
  }

  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "search";
      document.body.append(this.frame);
      prepare(this.frame, this);
      this.ready = load(this.frame.contentDocument, address);
    }

    deliver(data) {
      const event = new MessageEvent("message", { data });
      this.dispatchEvent(event);
      if (this.onmessage) this.onmessage(event);
    }

    postMessage(data) {
      this.ready.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })));
    }

    terminate() {
      this.frame.remove();
    }
  };
})();
