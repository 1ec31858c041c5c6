import { about, givingUp, missingTool } from "./flows/about.ts";
import { addFeature } from "./flows/add-feature.ts";
import { explainFile, explainProject } from "./flows/explain.ts";
import { fixTest } from "./flows/fix-test.ts";
import { leaveSandbox } from "./flows/leave-sandbox.ts";
import { tell, type Story } from "./flow.ts";
import { readPermissions, type Permissions } from "./permissions.ts";
import type { ModelRequest } from "./request.ts";
import type { ScriptItem } from "./script.ts";

/** One wish the demo understands. */
interface Row {
  readonly wish: RegExp;
  readonly needs: readonly string[];
  tell(request: ModelRequest, permissions: Permissions, wish: string): Story;
}

/** A path in the words of a user: nothing that a shell reads otherwise. */
const pathPattern = /(?:^|[\s`("'])((?:\.?\/)?\w[\w./-]*\.(?:ts|tsx|js|mjs|json|md|txt))(?=$|[\s`)"':,.?])/m;

/** First match wins. */
const rows: readonly Row[] = [
  {
    wish: /\b(explain|describe|summari[sz]e|overview|what (is|does|are) (this|the)|how does (this|the) project)\b/i,
    needs: ["exec_command"],
    tell(request, _permissions, wish) {
      const path = pathPattern.exec(wish)?.[1];
      return path === undefined ? explainProject(request) : explainFile(request, path);
    },
  },
  {
    wish: /\b(approval|permission|outside (of )?the sandbox|escalat\w+)\b/i,
    needs: ["exec_command"],
    tell: leaveSandbox,
  },
  {
    // What the editor reports for a file is another wish, which the script does not know.
    wish: /^(?!\s*fix these problems)[^]*\b(fix|repair|debug|solve)\b[^]*\b(tests?|bug|failure)\b|^(?!\s*fix these problems)[^]*\btests?\b[^]*\bfail/i,
    needs: ["exec_command", "apply_patch"],
    tell: fixTest,
  },
  {
    wish: /\b(add|build|implement|create|write)\b[^]*\b(feature|csv|export)\b/i,
    needs: ["exec_command", "apply_patch"],
    tell: addFeature,
  },
];

/** Says nothing new by itself: the wish before it still holds. */
const goOn =
  /^\W*(yes|yep|ok|okay|sure|please|go ahead|go on|do it|continue|carry on|proceed|again|try again|retry|once more)\b[^]{0,60}$/i;

/** Calls for one thing the user said, after which the demo gives up. The longest story needs about 30, with slow commands. */
const maxCalls = 40;

/** The words of a message without quoted code; only the beginning and the end of a long one are looked at. */
const glance = (text: string): string =>
  (text.length > 6000 ? `${text.slice(0, 4000)}\n${text.slice(-2000)}` : text).replace(
    /^(`{3,})[^]*?(?:^\1|$(?![^]))/gm,
    "",
  );

/** The story for what the user said last, looking back over words such as "go ahead". */
function findRow(userTexts: readonly string[]): { readonly row: Row; readonly wish: string } | null {
  for (const text of userTexts.toReversed()) {
    const wish = glance(text);
    const row = rows.find((each) => each.wish.test(wish));
    if (row !== undefined) return { row, wish };
    if (!goOn.test(text)) return null;
  }
  return null;
}

/**
 * What the demo model says next: a pure function of the request. It finds the story for what the user said last and tells it up to where
 * the conversation stands.
 */
export function demoResponse(request: ModelRequest): readonly ScriptItem[] {
  const { exchanges, tools, userTexts } = request;
  if (exchanges.length >= maxCalls) return givingUp(exchanges.length);
  const found = findRow(userTexts);
  if (found === null) return about();
  const { row, wish } = found;
  const missing = row.needs.find((name) => !tools.has(name));
  return missing === undefined
    ? tell(row.tell(request, readPermissions(request), wish), exchanges)
    : missingTool(missing);
}
