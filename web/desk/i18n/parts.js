/** The texts of the desk's parts, each in a file of its own: `en/<part>.js` and `zh/<part>.js`. */

import { access as accessEn } from "./en/access.js";
import { access as accessZh } from "./zh/access.js";
import { aftersales as aftersalesEn } from "./en/aftersales.js";
import { aftersales as aftersalesZh } from "./zh/aftersales.js";
import { agentTools as agentToolsEn } from "./en/agent_tools.js";
import { agentTools as agentToolsZh } from "./zh/agent_tools.js";
import { assignment as assignmentEn } from "./en/assignment.js";
import { assignment as assignmentZh } from "./zh/assignment.js";
import { elsewhere as elsewhereEn } from "./en/elsewhere.js";
import { elsewhere as elsewhereZh } from "./zh/elsewhere.js";
import { escalation as escalationEn } from "./en/escalation.js";
import { escalation as escalationZh } from "./zh/escalation.js";
import { growth as growthEn } from "./en/growth.js";
import { growth as growthZh } from "./zh/growth.js";
import { process as processEn } from "./en/process.js";
import { process as processZh } from "./zh/process.js";
import { reports as reportsEn } from "./en/reports.js";
import { reports as reportsZh } from "./zh/reports.js";
import { rota as rotaEn } from "./en/rota.js";
import { rota as rotaZh } from "./zh/rota.js";
import { search as searchEn } from "./en/search.js";
import { search as searchZh } from "./zh/search.js";
import { sla as slaEn } from "./en/sla.js";
import { sla as slaZh } from "./zh/sla.js";
import { summary as summaryEn } from "./en/summary.js";
import { summary as summaryZh } from "./zh/summary.js";
import { supervision as supervisionEn } from "./en/supervision.js";
import { supervision as supervisionZh } from "./zh/supervision.js";
import { triage as triageEn } from "./en/triage.js";
import { triage as triageZh } from "./zh/triage.js";

export const parts = {
  en: Object.assign({}, accessEn, aftersalesEn, agentToolsEn, assignmentEn, elsewhereEn, escalationEn, growthEn, processEn, reportsEn, rotaEn, searchEn, slaEn, summaryEn, supervisionEn, triageEn),
  zh: Object.assign({}, accessZh, aftersalesZh, agentToolsZh, assignmentZh, elsewhereZh, escalationZh, growthZh, processZh, reportsZh, rotaZh, searchZh, slaZh, summaryZh, supervisionZh, triageZh),
};
