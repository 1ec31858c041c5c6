import { parse } from "smol-toml";

/** What is known before the server starts about where a model could come from. */
export interface ProviderFacts {
  /** `turnwright.modelProvider`; empty: choose. */
  readonly setting: string;
  /** This folder was opened by "Try the Demo". */
  readonly isDemoFolder: boolean;
  /** A key lies in the editor's secret storage, in the home, or in the environment. */
  readonly hasKey: boolean;
  /** Text of `config.toml` in the home; null when there is none. */
  readonly configText: string | null;
}

/** The provider the server starts with. `override` is what must be said on its command line; null: the server's own choice is right. */
export interface ProviderChoice {
  readonly override: string | null;
  readonly isDemo: boolean;
}

const demo: ProviderChoice = { override: "demo", isDemo: true };
const own: ProviderChoice = { override: null, isDemo: false };

/**
 * Chooses where the model comes from: the sample workspace of the demo, the setting, a configured provider, a key, and only when
 * there is nothing of these the demo.
 */
export function chooseProvider(facts: ProviderFacts): ProviderChoice {
  if (facts.isDemoFolder || facts.setting === "demo") return demo;
  if (facts.setting !== "") return { override: facts.setting, isDemo: false };
  const configured = facts.configText === null ? "nothing" : configuredProvider(facts.configText);
  if (configured === "demo") return { override: null, isDemo: true };
  return configured === "other" || facts.hasKey ? own : demo;
}

/** What a configuration says of the provider. One that is no TOML counts as `other`: the server tells best what is wrong with it. */
function configuredProvider(configText: string): "nothing" | "demo" | "other" {
  try {
    const { model_provider: provider, profile } = parse(configText);
    if (provider === "demo") return "demo";
    return typeof provider === "string" || typeof profile === "string" ? "other" : "nothing";
  } catch {
    return "other";
  }
}

/** Command-line words that set the provider, valid TOML for any name. */
export const providerArguments = (choice: ProviderChoice): string[] =>
  choice.override === null ? [] : ["-c", `model_provider=${JSON.stringify(choice.override)}`];
