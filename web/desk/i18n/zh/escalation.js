export const escalation = {};
