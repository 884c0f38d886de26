/* Shows the word count below a text field that has a limit. */

window.wagtail.app.register(
  "word-count",
  class extends window.StimulusModule.Controller {
    static values = { limit: Number, withinText: String, overText: String };

    connect() {
      this.counter = document.createElement("p");
      this.counter.className = "word-count help";
      this.counter.id = `${this.element.id}-word-count`;
      this.element.after(this.counter);
      const described = this.element.getAttribute("aria-describedby") ?? "";
      this.element.setAttribute("aria-describedby", `${described} ${this.counter.id}`.trim());
      this.count = this.count.bind(this);
      this.element.addEventListener("input", this.count);
      this.count();
    }

    disconnect() {
      this.element.removeEventListener("input", this.count);
      this.counter.remove();
    }

    count() {
      const count = this.element.value.split(/\s+/).filter(Boolean).length;
      const over = count - this.limitValue;
      // Announced by screen readers only above the limit.
      this.counter.ariaLive = over > 0 ? "polite" : "off";
      this.counter.classList.toggle("word-count-over", over > 0);
      this.counter.textContent = (over > 0 ? this.overTextValue : this.withinTextValue)
        .replace("{count}", count)
        .replace("{limit}", this.limitValue)
        .replace("{over}", over);
    }
  },
);
