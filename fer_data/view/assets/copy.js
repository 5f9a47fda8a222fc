"use strict";
// Buttons that copy a command. Where the browser refuses its clipboard the command is selected, for Ctrl+C.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(button.parentElement.querySelector("code"));
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
