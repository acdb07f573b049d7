export const process = {};
