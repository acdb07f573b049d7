export const agentTools = {};
