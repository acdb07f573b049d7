export const sla = {};
