import { parse } from "smol-toml";

/** What is known before the server starts about where a model could come from. */
export interface ProviderFacts {
  /** `turnwright.modelProvider`; empty: choose. */
  readonly setting: string;
  /** This folder was opened by "Try the Demo". */
  readonly isDemoFolder: boolean;
  /** A key lies in the editor's secret storage, in the home, or in the environment. */
  readonly hasKey: boolean;
  /** Texts of the configuration files, the later over the earlier. */
  readonly configTexts: readonly string[];
}

/** The provider the server starts with. `override` is what must be said on its command line; null: the server's own choice is right. */
export interface ProviderChoice {
  readonly override: string | null;
  readonly isDemo: boolean;
  /** There is nothing but the demo: no key, and nobody chose. */
  readonly isLastResort: boolean;
}

const chosenDemo: ProviderChoice = { override: "demo", isDemo: true, isLastResort: false };
const lastResort: ProviderChoice = { ...chosenDemo, isLastResort: true };
const own: ProviderChoice = { override: null, isDemo: false, isLastResort: false };

/**
 * Chooses where the model comes from: the sample workspace of the demo, the setting, a configured provider, a key, and only when
 * there is nothing of these the demo.
 */
export function chooseProvider(facts: ProviderFacts): ProviderChoice {
  const elsewhere = chooseOutsideDemo(facts);
  return facts.isDemoFolder ? { ...chosenDemo, isLastResort: elsewhere.isLastResort } : elsewhere;
}

function chooseOutsideDemo({ setting, configTexts, hasKey }: ProviderFacts): ProviderChoice {
  if (setting === "demo") return chosenDemo;
  if (setting !== "") return { ...own, override: setting };
  const configured = configTexts.map(configuredProvider).findLast((provider) => provider !== "nothing") ?? "nothing";
  if (configured === "demo") return { ...own, isDemo: true };
  return configured === "other" || hasKey ? own : lastResort;
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
export const providerArguments = (override: string | null): string[] =>
  override === null ? [] : ["-c", `model_provider=${JSON.stringify(override)}`];
