const [copy, share, done] = document.querySelector(".share").children;
const say = (text) => done.value = text;
const fail = (error) => error.name === "AbortError" || say(share.value);
copy.hidden = !navigator.clipboard;
share.hidden = !navigator.share;
share.onclick = () => navigator.share({ url: copy.value }).catch(fail);
copy.onclick = () => {
  say(""); // else a second copy would not be announced
  navigator.clipboard.writeText(copy.value).then(() => say(done.name), fail);
};
