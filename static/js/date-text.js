/* A text field for a date: shows how the server reads the text, and offers a calendar.

It never changes the text, unless the user chooses a day in the calendar. */

window.wagtail.app.register(
  "date-text",
  class extends window.StimulusModule.Controller {
    static targets = ["picker", "reading"];
    static values = { kind: String, url: String };

    connect() {
      this.text = this.element.querySelector("input:not([type='date'])");
      this.readingTarget.id = `${this.text.id}-reading`;
      const described = this.text.getAttribute("aria-describedby") ?? "";
      if (!described.includes(this.readingTarget.id)) {
        this.text.setAttribute("aria-describedby", `${described} ${this.readingTarget.id}`.trim());
      }
      this.listeners = [
        [this.text, "input", () => this.wait()],
        [this.text, "focus", () => this.wait()],
        [this.text, "blur", () => this.read()],
        [this.pickerTarget, "input", () => this.choose(this.pickerTarget.value)],
      ];
      for (const [element, name, act] of this.listeners) element.addEventListener(name, act);
      this.showDialogWithError();
    }

    // Wagtail closes the schedule when the page loads, even if a date in it was refused.
    showDialogWithError() {
      const dialog = this.element.closest(".w-dialog");
      if (!dialog?.querySelector(".error-message")) return;
      setTimeout(() => dialog.dispatchEvent(new CustomEvent("w-dialog:show")));
    }

    disconnect() {
      clearTimeout(this.timer);
      for (const [element, name, act] of this.listeners) element.removeEventListener(name, act);
    }

    wait() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.read(), 400); // milliseconds
    }

    async read() {
      clearTimeout(this.timer);
      const text = this.text.value;
      const found = text.trim() ? await this.ask(text) : {};
      if (text !== this.text.value) return; // typed meanwhile
      this.value = found.value ?? "";
      this.readText = text;
      this.dispatch("read"); // for autosave.js
      // Text that is still being typed is not called wrong.
      const error = document.activeElement === this.text ? "" : found.error ?? "";
      this.readingTarget.classList.toggle("date-text__reading--refused", Boolean(error));
      this.readingTarget.textContent = found.words ?? error;
    }

    // Whether the user is typing text that is not a date yet, as far as the server has said.
    get isUnfinished() {
      const text = this.text.value;
      const isDate = this.value && this.readText === text;
      return document.activeElement === this.text && text.trim() !== "" && !isDate;
    }

    async ask(text) {
      const query = new URLSearchParams({ kind: this.kindValue, text });
      try {
        const response = await fetch(`${this.urlValue}?${query}`);
        return response.ok && !response.redirected ? await response.json() : {};
      } catch {
        return {}; // offline; the form says what is wrong when it is saved
      }
    }

    open() {
      this.pickerTarget.value = (this.value ?? "").slice(0, 10);
      this.pickerTarget.showPicker();
    }

    choose(day) {
      if (!day) return;
      const time = (this.value ?? "").slice(11) || "09:00";
      this.text.value = this.kindValue === "datetime" ? `${day} ${time}` : day;
      for (const name of ["input", "change"]) {
        this.text.dispatchEvent(new Event(name, { bubbles: true }));
      }
    }
  },
);
