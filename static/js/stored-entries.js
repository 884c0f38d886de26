// After Back or a reload, browsers fill the fields of a form with their former entries. They do not
// fill hidden fields, which say what was stored when the form was opened. So former entries could
// undo what a colleague has saved meanwhile. This script stands at the end of the form, and runs
// before other scripts change its fields.
{
  const form = document.currentScript.closest("form");
  form.autocomplete = "off"; // for browsers that would fill the form after its end
  form.reset(); // for browsers that have filled it
}
