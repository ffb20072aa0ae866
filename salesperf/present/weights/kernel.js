// How a part of the lab asks the Python behind it, where there is one.

const PATIENCE = 15000; // milliseconds until a kernel counts as silent

/** A promise of the answer to a question: { error: true } where Python cannot tell; it fails where nobody answers. */
function answerOf(host, question) {
  const silence = new Promise((_, refuse) => setTimeout(() => refuse(new Error("silent")), PATIENCE));
  return Promise.race([host.ask(question), silence]);
}
