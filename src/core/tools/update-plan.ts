import * as z from "zod";
import { defineTool, say } from "./tool.ts";

/** Records the plan of the turn. No effect outside; the client shows it as a checklist. */
export const updatePlan = defineTool({
  name: "update_plan",
  description:
    "Sets the plan the user sees as a checklist. Send the whole plan each time; at most one step is in_progress.",
  params: z.object({
    explanation: z.string().optional().describe("Why the plan changed, in one sentence."),
    plan: z
      .array(
        z.object({
          step: z.string().min(1).describe("What is done, in a few words."),
          status: z.enum(["pending", "in_progress", "completed"]),
        }),
      )
      .max(100),
  }),
  async run({ explanation, plan }, context) {
    if (plan.filter((step) => step.status === "in_progress").length > 1) {
      return say("plan not updated: more than one step is in_progress; mark one and send the plan again");
    }
    context.setPlan(
      explanation ?? null,
      plan.map(({ step, status }) => ({ step, status: status === "in_progress" ? "inProgress" : status })),
    );
    return say("Plan updated");
  },
});
