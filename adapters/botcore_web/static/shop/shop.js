// The page's two languages, and the buttons that open the chat with a question.

const TITLES = { en: "Harbour & Pine", zh: "港松生活 · Harbour & Pine" };
const root = document.documentElement;

function language() {
  return root.lang.startsWith("zh") ? "zh" : "en";
}

function stored() {
  try {
    return localStorage.getItem("shop language");
  } catch {
    return null;
  }
}

function speak(wanted) {
  root.lang = wanted === "zh" ? "zh-CN" : "en";
  document.title = TITLES[wanted];
}

document.querySelector("[data-switch]").addEventListener("click", () => {
  const wanted = language() === "zh" ? "en" : "zh";
  speak(wanted);
  window.botcoreChat?.setLanguage(wanted);
  try {
    localStorage.setItem("shop language", wanted);
  } catch {
    // Blocked: the next page asks the browser again.
  }
});

for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => {
    const question = button.dataset[language()];
    if (question) window.botcoreChat?.ask(question);
    else window.botcoreChat?.open();
  });
}

speak(stored() ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
