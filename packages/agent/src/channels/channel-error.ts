/** A channel that cannot be given to the program: the message says which object and why. */
export class ChannelError extends Error {}
