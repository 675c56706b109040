/** Fetches the project from Python after every change, and keeps it in this browser. */

import type { AnyModel } from "@anywidget/types";
import { request } from "./download";
import { keep } from "./keepsake";
import type { Model } from "./wire";

interface Wire {
  revision: number;
  name: string;
  exports: string[];
  problem: string;
}

function render({ model, signal }: { model: AnyModel<Wire>; signal: AbortSignal }) {
  let running: AbortController | null = null;
  const save = async () => {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    let problem = "";
    try {
      const { blob } = await request(
        model as unknown as Model,
        ".relief",
        AbortSignal.any([mine.signal, signal]),
        () => {},
      );
      await keep(model.get("name") || "relief", blob);
    } catch (error) {
      if (mine.signal.aborted || signal.aborted) return;
      problem = error instanceof Error ? error.message : String(error);
    }
    if (model.get("problem") !== problem) {
      model.set("problem", problem);
      model.save_changes();
    }
  };
  const changed = () => void save();
  model.on("change:revision", changed);
  signal.addEventListener("abort", () => {
    model.off("change:revision", changed);
    running?.abort();
  });
}

export default { render };
