/** Entries of one page: when the client names no limit, at least (a page of nothing would be followed by itself), and at most. */
const sizes = { usual: 25, least: 1, most: 100 };

export const pageSize = (limit: number | null | undefined): number =>
  Math.max(sizes.least, Math.min(limit ?? sizes.usual, sizes.most));
