import type { Page } from "playwright-core";

/** What reaches beyond the sides of the page, is cut off by its container, or is a button with nothing on it, described; scrolling containers may hold wider content. */
export function findOverflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width)
      found.push(`page: ${document.documentElement.scrollWidth} > ${width}`);
    // Inside a container that scrolls sideways, or that ends its text in an ellipsis, content may be wider.
    const mayBeWider = (element: Element): boolean => {
      for (let at = element.parentElement; at !== null; at = at.parentElement) {
        const { overflowX, textOverflow } = getComputedStyle(at);
        if (textOverflow === "ellipsis") return true;
        if (["auto", "scroll"].includes(overflowX) && at.scrollWidth > at.clientWidth) return true;
      }
      return false;
    };
    for (const element of document.querySelectorAll("#root *")) {
      const { left, right, width: own } = element.getBoundingClientRect();
      if (own <= 1 || mayBeWider(element)) continue;
      const name = `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`;
      if (right > width + 0.5 || left < -0.5) found.push(`${name} spans ${left.toFixed(0)} to ${right.toFixed(0)}`);
      // A button whose words do not fit, other than those made to end in an ellipsis.
      const isClipped =
        element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === "hidden";
      if (element.matches("button, .action") && isClipped) found.push(`${name} is clipped`);
      const hasFace = [...element.children].some((child) => child.getBoundingClientRect().width > 0);
      if (element.matches("button") && element.childElementCount > 0 && !hasFace) found.push(`${name} shows nothing`);
    }
    // The conversation itself must not scroll sideways.
    const scroller = document.querySelector(".scroller");
    if (scroller !== null && scroller.scrollWidth > scroller.clientWidth)
      found.push("the conversation scrolls sideways");
    return found;
  });
}
