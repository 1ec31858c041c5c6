/** `+3 −1`, read out in words. */
export function Counts({ added, removed }: { added: number; removed: number }) {
  return (
    <span class="counts">
      <span class="sr-only">{`${added} lines added, ${removed} lines removed`}</span>
      {added > 0 && (
        <span class="added" aria-hidden="true">
          +{added}
        </span>
      )}
      {removed > 0 && (
        <span class="removed" aria-hidden="true">
          −{removed}
        </span>
      )}
    </span>
  );
}
