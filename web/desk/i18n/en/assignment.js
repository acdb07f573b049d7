export const assignment = {};
