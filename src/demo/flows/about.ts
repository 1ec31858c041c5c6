import { finish } from "../flow.ts";
import type { ScriptItem } from "../script.ts";

/** The honest answer to everything that is not in the script. */
export const about = (): readonly ScriptItem[] =>
  finish(`I am a **scripted demo**: there is no AI behind me, and I cannot answer that. I show how Turnwright works, with real commands, a real sandbox and real edits in the sample project. Try one of these:

- *Explain this project*
- *Fix the failing test*
- *Add a feature*
- *Run a command that needs approval*

Not in the sample project? Run **Turnwright: Try the Demo** from the Command Palette.

## Connect a real model

**With an API key:** run **Turnwright: Sign In...**.

**With a model on your own machine:** start Ollama, LM Studio, llama.cpp or vLLM and run **Turnwright: Use a Local Model**.

**With any other server that speaks the Responses API:** write this into \`~/.turnwright/config.toml\`:

\`\`\`toml
model_provider = "mine"
model = "the-model"

[model_providers.mine]
name = "My server"
base_url = "https://example.com/v1"
env_key = "MY_API_KEY"
\`\`\`

Then run **Turnwright: Restart Server**.`);

/** When a tool that a story needs is not on offer. */
export const missingTool = (name: string): readonly ScriptItem[] =>
  finish(`I need the tool \`${name}\` for that, and this thread does not offer it, so I cannot show it here.`);

/** When the conversation went in circles. */
export const givingUp = (calls: number): readonly ScriptItem[] =>
  finish(
    `I have made ${calls} calls for this request and do not get any further, so I stop here. I am a script; something in this workspace is not as I expect it. Send the request again to start over.`,
  );
