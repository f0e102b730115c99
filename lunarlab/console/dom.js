// What every panel of the console is built with: nodes, names of controls, the signs of verdicts.

const SIGN = { good: "✓", fair: "!", bad: "✕" };

function make(tag, className, parent, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  if (parent) parent.append(node);
  return node;
}

// The sliders and menus beside the deck are ordinary ipywidgets; give each control the name that stands next to it,
// and keep JupyterLab's own keys (arrows move between cells) away from them.
function nameControls(panel) {
  panel.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const box of panel.querySelectorAll(".jupyter-widgets")) {
    const words = box.querySelector(":scope > .widget-label");
    if (!words || !/\w/.test(words.textContent)) continue;
    for (const node of box.querySelectorAll("[role=slider], select, input")) {
      if (!node.getAttribute("aria-label")) node.setAttribute("aria-label", words.textContent);
    }
  }
}
