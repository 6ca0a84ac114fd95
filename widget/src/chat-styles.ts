import { composerStyles } from "./composer-styles";
import { crisisStyles } from "./crisis-styles";
import { frameStyles } from "./frame-styles";
import { logStyles } from "./log-styles";
import { roomStyles } from "./room-styles";

/** The chat, from top to bottom. */
export const chatStyles = [frameStyles, crisisStyles, logStyles, composerStyles, roomStyles];
