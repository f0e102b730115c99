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
// and keep JupyterLab's own keys (arrows move between cells) away from them. Some sliders are built again when their
// stops are known, and those of dates say the number of the stop instead of the date: so look again when they change.
function nameControls(panel) {
  panel.setAttribute("data-lm-suppress-shortcuts", "true");
  const name = () => {
    for (const box of panel.querySelectorAll(".jupyter-widgets, .widget-inline-hbox")) {
      const words = box.querySelector(":scope > .widget-label"), readout = box.querySelector(":scope > .widget-readout");
      if (!words || !/\w/.test(words.textContent)) continue;
      for (const node of box.querySelectorAll("[role=slider], select, input")) {
        if (!node.getAttribute("aria-label")) node.setAttribute("aria-label", words.textContent);
      }
      const handle = readout && box.querySelector("[role=slider]");
      if (handle && /\d-\d/.test(readout.textContent)) handle.setAttribute("aria-valuetext", readout.textContent);
    }
  };
  name();
  const controls = panel.querySelector(".ll-controls");
  if (controls) new MutationObserver(name).observe(controls, { childList: true, subtree: true });
}
