// Notes when every frame is given to WebGL, and when its pixels can be read.
window.bench = { frames: [] };
const now = () => performance.timeOrigin + performance.now();

for (const context of [WebGLRenderingContext, WebGL2RenderingContext]) {
  for (const name of ["drawElements", "drawArrays"]) {
    const draw = context.prototype[name];
    context.prototype[name] = function (...args) {
      if (!this.benchFrame) {
        this.benchFrame = { submit: now(), done: 0 };
        // After all that belongs to this frame.
        queueMicrotask(() => {
          const bound = this.getParameter(this.FRAMEBUFFER_BINDING);
          this.bindFramebuffer(this.FRAMEBUFFER, null);
          this.readPixels(0, 0, 1, 1, this.RGBA, this.UNSIGNED_BYTE, new Uint8Array(4));
          this.bindFramebuffer(this.FRAMEBUFFER, bound);
          this.benchFrame.done = now();
          window.bench.frames.push(this.benchFrame);
          this.benchFrame = null;
        });
      }
      return draw.apply(this, args);
    };
  }
}

/** Resolves when no frame was drawn for so many milliseconds. */
window.bench.quiet = async (idle) => {
  const since = now();
  for (;;) {
    const last = Math.max(since, window.bench.frames.at(-1)?.done ?? 0);
    if (now() - last > idle) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** Has the kernel do something; milliseconds until it is submitted, drawn, and settled. */
window.bench.measure = async (kind, turn, idle) => {
  const { control, bench } = window;
  bench.frames = [];
  const answer = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`No answer to ${kind} ${turn}`)), 60_000);
    const listen = (message) => {
      control.off("msg:custom", listen);
      resolve(message.start * 1000);
    };
    control.on("msg:custom", listen);
  });
  control.send({ kind, turn });
  const start = await answer;
  while (!bench.frames.some((frame) => frame.submit >= start)) {
    if (now() - start > 60_000) throw new Error(`No frame after ${kind} ${turn}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await bench.quiet(idle);
  const frames = bench.frames.filter((frame) => frame.submit >= start);
  return {
    submit: frames[0].submit - start,
    done: frames[0].done - start,
    settled: frames.at(-1).done - start,
  };
};

/** Moves the view's own slider: nothing goes through the kernel. */
window.bench.slide = async (value, idle) => {
  const rows = [...document.querySelectorAll(".relief-row")];
  const row = rows.find((item) => item.textContent.includes("Depth intensity"));
  const slider = row.querySelector("input");
  window.bench.frames = [];
  const start = now();
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  await window.bench.quiet(idle);
  const { frames } = window.bench;
  return {
    submit: frames[0].submit - start,
    done: frames[0].done - start,
    settled: frames.at(-1).done - start,
  };
};
