/** The longest `raw` in an event: what a model wrote is quoted, not copied whole. */
export const RAW_CHARS = 4_000
