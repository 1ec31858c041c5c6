import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ExecError } from "../../../../src/core/exec/process.ts";
import { createSandbox } from "../../../../src/core/exec/sandbox/index.ts";
import { probeBubblewrap } from "../../../../src/core/exec/sandbox/probe.ts";
import { secretPaths } from "../../../../src/core/exec/sandbox/secret-paths.ts";
import { SandboxPolicy } from "../../../../src/protocol/settings.ts";
import { sandboxed, sandboxMissing, saw, temporaryFolder } from "../harness.ts";

const protectedNames = [".agents", ".codex", ".git", ".mcp.json", ".turnwright", ".vscode"];

test("a platform without a sandbox says so, and a policy without one gets the command as it is", async () => {
  const command = { argv: ["/bin/true"], cwd: "/", env: {} };
  const scope = { writableRoots: [], tempDir: "/tmp", denyRead: [], visible: [] };
  for (const platform of ["darwin", "win32"] as const) {
    const sandbox = createSandbox({ platform, stateDir: temporaryFolder(), path: "" });
    const confined = await sandbox.wrap(command, { ...scope, policy: { type: "readOnly", networkAccess: false } });
    expect(confined).toMatchObject({ kind: "unavailable" });
    const open = await sandbox.wrap(command, { ...scope, policy: { type: "dangerFullAccess" } });
    expect(open).toMatchObject({ kind: "wrapped", command: { ...command, isContained: false } });
  }
});

test("a bubblewrap that is missing or cannot confine is told, with what to do", async () => {
  const folder = temporaryFolder();
  expect(JSON.stringify(await probeBubblewrap("", [folder]))).toMatch(
    /"fails".*bubblewrap is not installed. Install it with: .*bubblewrap"/,
  );
  writeFileSync(
    join(folder, "bwrap"),
    "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n",
    { mode: 0o755 },
  );
  expect(JSON.stringify(await probeBubblewrap(folder, []))).toMatch(/"fails".*No permissions to create new namespace/);
});

test("secret paths are below the home given", () => {
  for (const path of secretPaths("/home/u")) expect(path.startsWith("/home/u/.")).toBe(true);
});

if ((await sandboxMissing()) === null) {
  describe("files", () => {
    test("change inside of the workspace and nowhere else", async () => {
      const { run, workspace } = sandboxed();
      const outside = temporaryFolder("/var/tmp");
      const { text } = await run(
        `echo in > in.txt; echo out > ${outside}/out.txt; echo etc > /etc/turnwright; echo no > ../no.txt; true`,
      );
      expect(readFileSync(join(workspace, "in.txt"), "utf8")).toBe("in\n");
      expect(readdirSync(outside)).toEqual([]);
      expect(existsSync("/etc/turnwright")).toBe(false);
      expect(text.match(/Read-only file system/g)).toHaveLength(3);
    });

    test("do not change at all under a read-only policy", async () => {
      const { run, workspace } = sandboxed();
      writeFileSync(join(workspace, "a"), "a");
      const { status, text } = await run("cat a; echo b > a", { policy: { type: "readOnly", networkAccess: false } });
      expect(status).toBe(1);
      expect(text).toMatch(/^a.*Read-only file system/s);
      expect(readFileSync(join(workspace, "a"), "utf8")).toBe("a");
      expect(readdirSync(workspace)).toEqual(["a"]);
    });

    test("of a workspace under /tmp and of a workspace behind a link change as well", async () => {
      const underTmp = sandboxed({}, "/tmp");
      await underTmp.run("echo x > x");
      expect(readFileSync(join(underTmp.workspace, "x"), "utf8")).toBe("x\n");
      const { run, workspace } = sandboxed();
      const link = join(temporaryFolder("/var/tmp"), "link");
      symlinkSync(workspace, link);
      expect(await run("echo y > y; pwd -P", { writableRoots: [link] }, link)).toEqual({
        status: 0,
        text: `${workspace}\n`,
      });
      expect(readFileSync(join(workspace, "y"), "utf8")).toBe("y\n");
    });

    test("that are hidden cannot be read, listed or uncovered, wherever they lie", async () => {
      const { run, workspace, scope, stateDir } = sandboxed();
      mkdirSync(join(workspace, "keys"));
      writeFileSync(join(workspace, "keys", "a"), "SECRET");
      writeFileSync(join(workspace, ".env"), "SECRET");
      writeFileSync(join(stateDir, "auth"), "SECRET");
      symlinkSync(join(workspace, "keys"), join(workspace, "way"));
      const denyRead = [...scope.denyRead, join(workspace, "way"), join(workspace, ".env"), join(workspace, "missing")];
      const script = `cat keys/a .env way/a ${stateDir}/auth; ls keys ${stateDir}; mv keys k2; rm .env; umount keys; chmod 777 keys; echo x > keys/b`;
      const { text } = await run(script, { denyRead });
      expect(text).not.toContain("SECRET");
      expect(
        text.match(/Permission denied|busy|Read-only|must be superuser|not permitted/g)?.length,
      ).toBeGreaterThanOrEqual(10);
      expect(readFileSync(join(workspace, ".env"), "utf8")).toBe("SECRET");
    });

    test("of the temp dir are the thread's own, under its name and as /tmp", async () => {
      const { run, tempDir } = sandboxed();
      const foreign = join(temporaryFolder("/tmp"), "foreign");
      writeFileSync(foreign, "foreign");
      const { text } = await run(
        `echo $TMPDIR; echo a > $TMPDIR/a; cat /tmp/a; cat ${foreign}; echo b > /tmp/b; mktemp`,
      );
      expect(text).toContain(`${tempDir}\na\n`);
      expect(text).toContain("No such file");
      expect(readFileSync(join(tempDir, "b"), "utf8")).toBe("b\n");
      expect(existsSync("/tmp/b")).toBe(false);
    });

    test("of the temp dir can be switched off", async () => {
      const { run } = sandboxed();
      const policy = SandboxPolicy.parse({ type: "workspaceWrite", excludeSlashTmp: true, excludeTmpdirEnvVar: true });
      const { text } = await run("touch /tmp/turnwright-x $TMPDIR/x", { policy });
      expect(text.match(/Read-only file system/g)).toHaveLength(2);
    });
  });

  describe("the working directory", () => {
    test("opens nothing that is hidden, emptied or the host's own /tmp", async () => {
      const { run, stateDir, workspace, scope } = sandboxed();
      const aws = join(workspace, ".aws");
      const underTmp = temporaryFolder("/tmp");
      const folders = [join(stateDir, "sessions"), join(aws, "sso"), underTmp];
      const link = join(workspace, "link");
      symlinkSync(join(stateDir, "sessions"), link);
      for (const folder of folders) {
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "x"), "SECRET");
      }
      const missing = [join(stateDir, "missing"), join(aws, "missing")];
      for (const cwd of [...folders.slice(0, 2), stateDir, aws, link, ...missing])
        await expect(run("cat x; ls", { denyRead: [...scope.denyRead, aws] }, cwd)).rejects.toThrow(
          new ExecError("badCwd", `working directory ${cwd} is hidden by the sandbox; use a folder of the workspace`),
        );
      await expect(run("cat x", {}, underTmp)).rejects.toMatchObject({ reason: "badCwd" });
      expect(await run("pwd; ls", {}, "/run")).toEqual({ status: 0, text: "/run\n" });
      for (const name of readdirSync("/run", { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .slice(0, 5))
        await expect(run("ls", {}, join("/run", name.name))).rejects.toMatchObject({ reason: "badCwd" });
    });

    test("may be any folder that can be seen, also one of the thread's /tmp, and what is below stays hidden", async () => {
      const { run, tempDir, workspace } = sandboxed();
      expect(await run("pwd", {}, "/etc")).toEqual({ status: 0, text: "/etc\n" });
      mkdirSync(join(tempDir, "build"));
      expect(await run("pwd; echo x > x", {}, "/tmp/build")).toEqual({ status: 0, text: "/tmp/build\n" });
      expect(await run("cat x", {}, join(tempDir, "build"))).toEqual({ status: 0, text: "x\n" });
      mkdirSync(join(workspace, "keys"));
      const { text } = await run("cd ..; ls workspace/keys", { denyRead: [join(workspace, "keys")] });
      expect(text).toContain("Permission denied");
    });

    test("of the thread is seen even below a folder that is hidden", async () => {
      const { run, stateDir } = sandboxed();
      const worktree = join(stateDir, "worktrees/a");
      mkdirSync(worktree, { recursive: true });
      writeFileSync(join(worktree, "x"), "x");
      const changes = { visible: [worktree], writableRoots: [] };
      const { text } = await run("cat x; ls ../..", changes, worktree);
      expect(text).toMatch(/^xls: .*denied/);
    });
  });

  describe("protected names", () => {
    test("cannot be made where they are missing, and nothing of them is left", async () => {
      const { run, workspace, stateDir } = sandboxed();
      const script = protectedNames
        .map((name) => `mkdir ${name}; touch ${name}; echo x > ${name}/x; rmdir ${name}; mv ${name} y;`)
        .join(" ");
      const { text } = await run(`${script} git init . ; ln -s /etc .vscode/l; true`);
      expect(text.match(/Read-only file system/g)?.length).toBeGreaterThan(6);
      expect(readdirSync(workspace)).toEqual([]);
      expect(readdirSync(join(stateDir, "placeholders"))).toEqual([]);
    });

    test("cannot be changed, moved or removed where they exist", async () => {
      const { run, workspace } = sandboxed();
      execFileSync("git", ["init", "-q", workspace]);
      writeFileSync(join(workspace, ".mcp.json"), "{}");
      const config = readFileSync(join(workspace, ".git/config"), "utf8");
      const { text } = await run(
        "git config core.fsmonitor evil; echo x > .git/hooks/pre-commit; mv .git g; rm -rf .git; echo x > .mcp.json; rm .mcp.json; mv .mcp.json m; git status",
      );
      expect(text).toContain("No commits yet");
      expect(readFileSync(join(workspace, ".git/config"), "utf8")).toBe(config);
      expect(readFileSync(join(workspace, ".mcp.json"), "utf8")).toBe("{}");
      expect(readdirSync(workspace).sort()).toEqual([".git", ".mcp.json"]);
    });

    test("are protected in nested repositories too, and those cannot be moved away", async () => {
      const { run, workspace } = sandboxed();
      const nested = join(workspace, "packages/lib");
      mkdirSync(nested, { recursive: true });
      execFileSync("git", ["init", "-q", nested]);
      const { text } = await run(
        "echo x > packages/lib/.git/hooks/post-checkout; mv packages/lib packages/old; mv packages p; echo ok > packages/lib/ok",
      );
      expect(text.match(/Read-only|busy/g)).toHaveLength(3);
      expect(existsSync(join(nested, ".git/hooks/post-checkout"))).toBe(false);
      expect(readFileSync(join(nested, "ok"), "utf8")).toBe("ok\n");
    });

    test("do not hide the repository that the workspace is a part of", async () => {
      const { run, workspace } = sandboxed();
      execFileSync("git", ["init", "-q", join(workspace, "..")]);
      expect(await run("git rev-parse --show-prefix")).toEqual({ status: 0, text: "workspace/\n" });
    });

    test("that are links make the sandbox unavailable: they could be replaced", async () => {
      const { sandbox, scope, workspace } = sandboxed();
      symlinkSync("/var/tmp", join(workspace, ".vscode"));
      const wrapped = await sandbox.wrap({ argv: ["true"], cwd: workspace, env: {} }, scope);
      expect(wrapped).toMatchObject({ kind: "unavailable" });
    });

    test("stay while another command still needs them", async () => {
      const { run, start, workspace } = sandboxed();
      const long = await start("echo ready; read -r _ < <(sleep 1000)");
      await saw(long, "ready");
      await run("true");
      expect(readdirSync(workspace)).toEqual(protectedNames);
      await long.kill();
      expect(readdirSync(workspace)).toEqual([]);
    });

    test("keep what the user puts there meanwhile", async () => {
      const { start, workspace } = sandboxed();
      const long = await start("echo ready; sleep 1000");
      await saw(long, "ready");
      writeFileSync(join(workspace, ".vscode/settings.json"), "{}");
      await long.kill();
      expect(readdirSync(workspace)).toEqual([".vscode"]);
    });
  });

  describe("the kernel and other processes", () => {
    test("settings of the kernel cannot be written, not even by root", async () => {
      const { run } = sandboxed();
      const script =
        "for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/irq/default_smp_affinity; do test -e $f || continue; (: >> $f) && echo OPEN $f; done; grep -h CapEff /proc/self/status";
      const { text } = await run(script);
      expect(text).not.toContain("OPEN");
      expect(text).toMatch(/CapEff:\s+0000000000000000/);
    });

    test("mounts cannot be undone, and no new user namespace helps", async () => {
      const { run, workspace } = sandboxed();
      const { text } = await run(
        "mount -o remount,rw /; umount .git; unshare -rm sh -c 'umount .git; mount -o remount,rw / && echo OPEN'; mkdir .git/x",
      );
      expect(text).not.toContain("OPEN");
      expect(readdirSync(workspace)).toEqual([]);
    });

    test("other processes are neither seen nor reached", async () => {
      const { run } = sandboxed();
      const { text } = await run(`ls -d /proc/[0-9]* | wc -l; kill -0 ${process.pid} || echo gone`);
      expect(Number(text.split("\n")[0])).toBeLessThan(6);
      expect(text).toContain("gone");
    });

    test("the environment holds no secret", async () => {
      process.env["TURNWRIGHT_TEST_API_KEY"] = "SECRET";
      onTestFinished(() => {
        delete process.env["TURNWRIGHT_TEST_API_KEY"];
      });
      const { run } = sandboxed();
      const { text } = await run("env; cat /proc/*/environ");
      expect(text).toContain("TURNWRIGHT=1");
      expect(text).not.toContain("SECRET");
    });
  });

  describe("the network", () => {
    const connect = (port: number) =>
      `node -e 'require("net").connect(${port},"127.0.0.1").on("connect",()=>console.log("CONNECTED")).on("error",e=>console.log(e.code))'`;

    async function hostServer(): Promise<number> {
      const server = createServer((socket) => socket.end());
      onTestFinished(() => void server.close());
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      return port;
    }

    test("of the host is out of reach", async () => {
      const { run } = sandboxed();
      expect((await run(connect(await hostServer()))).text).toBe("ECONNREFUSED\n");
    });

    test("is there when the policy says so", async () => {
      const { run } = sandboxed({ networkAccess: true });
      expect((await run(connect(await hostServer()))).text).toBe("CONNECTED\n");
    });

    test("within one command works: a local server, and socket pairs", async () => {
      const { run } = sandboxed();
      const { text } = await run(
        `node -e 'const n=require("net");const s=n.createServer(c=>c.end("hi")).listen(0,"127.0.0.1",()=>n.connect(s.address().port,"127.0.0.1").on("data",d=>{console.log(String(d));s.close()}));
         require("child_process").spawn("cat",{stdio:["pipe","inherit","inherit"]}).stdin.end("pair\\n")'`,
      );
      expect(text.split("\n").sort()).toEqual(["", "hi", "pair"]);
    });

    test("is not reached through sockets of the system either", async () => {
      const { run } = sandboxed();
      expect((await run("ls -A /run /var/run/")).text.trim()).toMatch(/^\/run:\s+\/var\/run\/:$/);
    });
  });

  describe("a confined process", () => {
    test("passes its status on, and its streams are ordinary", async () => {
      const { run } = sandboxed();
      expect(await run("echo a; echo b > /dev/stderr; exit 42")).toEqual({ status: 42, text: "a\nb\n" });
      expect((await run("kill -TERM $$")).status).toBe(143);
    });

    test("may clean up when it is ended", async () => {
      const { start, workspace } = sandboxed();
      const command = await start(
        "trap 'sleep 0.2; echo tidy > tidy; exit 5' TERM; echo ready; while :; do sleep 0.05; done",
      );
      await saw(command, "ready");
      await command.kill();
      expect(command.exit?.exitCode).toBe(5);
      expect(readFileSync(join(workspace, "tidy"), "utf8")).toBe("tidy\n");
    });

    test("leaves nothing in the background", async () => {
      const { run, start } = sandboxed();
      expect((await run("setsid sleep 1000 & sleep 1000 & echo done")).text).toBe("done\n");
      const stubborn = await start("trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 1000' & echo ready; sleep 1000");
      await saw(stubborn, "ready");
      await stubborn.kill();
      expect(stubborn.exit?.signal).toBe("SIGKILL");
    });
  });
}
