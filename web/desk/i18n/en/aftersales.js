export const aftersales = {};
