// Fills the list of people that a newcomer can be, and becomes the one who is chosen.
const list = document.getElementById("people");
const note = document.getElementById("people-note");

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function personItem(person) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.key = person.key;
  button.setAttribute("aria-pressed", String(person.current));
  button.append(element("b", person.name), " ", element("span", person.about));
  if (person.current) button.append(" ", element("em", "This is you now"));
  button.addEventListener("click", () => become(person));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

async function become(person) {
  if (person.current) return;
  note.textContent = `Becoming ${person.name}…`;
  try {
    const answer = await fetch("/demo/be", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key: person.key }),
    });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    location.reload();
  } catch {
    note.textContent = "That did not work. Is the demo still running? Please try again.";
  }
}

try {
  const answer = await fetch("/demo/people");
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  list.replaceChildren(...(await answer.json()).map(personItem));
  note.textContent = "";
} catch {
  note.textContent = "The list could not be fetched. You can use the chat all the same.";
}
list.removeAttribute("aria-busy");
