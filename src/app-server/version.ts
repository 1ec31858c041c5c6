/** The version of this program: package.json's, which a test compares. */
export const version = "0.1.0";
