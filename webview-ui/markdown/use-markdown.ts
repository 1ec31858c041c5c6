import { useRef } from "preact/hooks";
import { type Block, parseBlocks, type Parsed } from "./blocks.ts";

/** The blocks of a message. While it streams, only its end is read again; once it is whole, link definitions apply everywhere. */
export function useMarkdown(text: string, isStreaming: boolean): readonly Block[] {
  const parsed = useRef<Parsed | null>(null);
  const wasStreaming = useRef(isStreaming);
  const isFinished = wasStreaming.current && !isStreaming;
  wasStreaming.current = isStreaming;
  const hasDefinitions = parsed.current?.blocks.some(({ token }) => token.type === "def") ?? false;
  parsed.current = parseBlocks(text, isFinished && hasDefinitions ? null : parsed.current);
  return parsed.current.blocks;
}
