import { useState } from "preact/hooks";
import type { PlanView } from "../src/client/thread-view.ts";
import type { PlanStep } from "../src/protocol/notifications.ts";
import { Icon, type IconName } from "./controls/icon.tsx";
import { memo } from "./memo.ts";

const looks: { readonly [S in PlanStep["status"]]: { readonly icon: IconName; readonly words: string } } = {
  pending: { icon: "circleOutline", words: "to do" },
  inProgress: { icon: "circleFilled", words: "in progress" },
  completed: { icon: "passFilled", words: "done" },
};

/** The turn's plan, pinned above the composer: one line, or the whole checklist. */
export const PlanPanel = memo(({ plan, isRunning }: { plan: PlanView; isRunning: boolean }) => {
  const [choice, setChoice] = useState<boolean | null>(null);
  const done = plan.steps.filter(({ status }) => status === "completed").length;
  const current = plan.steps.find(({ status }) => status === "inProgress");
  const isOpen = choice ?? isRunning;
  return (
    <section class="plan" aria-label="Plan">
      <button type="button" class="row" aria-expanded={isOpen} onClick={() => setChoice(!isOpen)}>
        <Icon name="checklist" />
        <span class="row-title">{isOpen || current === undefined ? "Plan" : current.step}</span>
        <span class="row-meta">
          {done} of {plan.steps.length} done
        </span>
        <span class={isOpen ? "twistie open" : "twistie"}>
          <Icon name="chevronRight" />
        </span>
      </button>
      {isOpen && (
        <ol class="plan-steps">
          {plan.steps.map(({ step, status }, index) => (
            <li key={index} class={status} aria-current={status === "inProgress" ? "step" : undefined}>
              <Icon name={looks[status].icon} />
              <span>
                {step}
                <span class="sr-only"> ({looks[status].words})</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
});
