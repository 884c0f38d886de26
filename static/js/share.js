const [copy, share, done] = document.querySelector(".share").children;
copy.hidden = !navigator.clipboard;
share.hidden = !navigator.share;
share.onclick = () => navigator.share({ url: copy.value });
copy.onclick = () => navigator.clipboard.writeText(copy.value).then(() => done.value = done.title);
