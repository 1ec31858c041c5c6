/**
 * What `NODE_OPTIONS` of a server must be so that it collects its garbage on SIGUSR2, the memory kept for what comes next too, and then tells
 * its resident memory, in bytes, on stderr: `resident <bytes>;`.
 */
export const collectsOnSignal = `--import "data:text/javascript,${encodeURIComponent(`
import v8 from "node:v8";
import vm from "node:vm";
v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc");
process.on("SIGUSR2", async () => {
  for (let n = 0; n < 4; n++) {
    collect({ execution: "sync", flavor: "last-resort" });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  process.stderr.write("resident " + process.memoryUsage.rss() + ";\\n");
});`)}"`;
