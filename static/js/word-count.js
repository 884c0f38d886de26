/* Shows the word count below a text field that has a limit. */

window.wagtail.app.register(
  "word-count",
  class extends window.StimulusModule.Controller {
    static values = {
      limit: Number,
      advised: Number,
      withinText: String,
      longText: String,
      overText: String,
    };

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
      const isLong = count > this.advisedValue;
      // Announced by screen readers only if the text is long.
      this.counter.ariaLive = isLong ? "polite" : "off";
      this.counter.classList.toggle("word-count-over", over > 0);
      const long = over > 0 ? this.overTextValue : this.longTextValue;
      this.counter.textContent = (isLong ? long : this.withinTextValue)
        .replace("{count}", count)
        .replace("{advised}", this.advisedValue)
        .replace("{limit}", this.limitValue)
        .replace("{over}", over);
    }
  },
);
