/* The “Source” button of the text editor: inserts a source mark after the selected text. */

(() => {
  const MARK_TEXT = "†";
  const { DraftUtils, ModalWorkflowSource, TooltipEntity, registerPlugin } = window.draftail;
  const { EditorState, Modifier } = window.DraftJS;

  let isRemoving = false; // the next window only removes its source

  class SourceWindow extends ModalWorkflowSource {
    componentDidMount() {
      if (!isRemoving) {
        super.componentDidMount();
        return;
      }
      isRemoving = false;
      const { editorState, entityKey, onComplete } = this.props;
      const range = DraftUtils.getEntitySelection(editorState, entityKey);
      const content = Modifier.removeRange(editorState.getCurrentContent(), range, "backward");
      onComplete(EditorState.push(editorState, content, "remove-range"));
    }

    getChooserConfig(entity) {
      return {
        url: this.props.entityType.chooserUrl,
        urlParams: entity ? entity.getData() : {},
        onload: {
          ask: (modal) => modal.ajaxifyForm(modal.body.find("form")),
          // Not `this.workflow`: it is null after a request that failed and was sent again.
          chosen: (modal, response) => {
            modal.close();
            this.onChosen(response.source);
          },
        },
        responses: {},
      };
    }

    onChosen(source) {
      const { editorState, entity, entityKey, entityType, onComplete } = this.props;
      const content = editorState.getCurrentContent();
      const selection = editorState.getSelection();
      const endOfSelection = selection.merge({
        anchorKey: selection.getEndKey(),
        anchorOffset: selection.getEndOffset(),
        focusKey: selection.getEndKey(),
        focusOffset: selection.getEndOffset(),
        isBackward: false,
      });
      const range = entity ? DraftUtils.getEntitySelection(editorState, entityKey) : endOfSelection;
      const key = content
        .createEntity(entityType.type, "IMMUTABLE", source)
        .getLastCreatedEntityKey();
      const marked = Modifier.replaceText(content, range, MARK_TEXT, null, key);
      onComplete(EditorState.push(editorState, marked, "insert-characters"));
    }
  }

  const SourceMark = (props) => {
    const { title, url } = props.contentState.getEntity(props.entityKey).getData();
    return window.React.createElement(TooltipEntity, {
      ...props,
      // Draftail would remove the source, but leave its mark in the text.
      onRemove: (entityKey) => {
        isRemoving = true;
        props.onEdit(entityKey);
      },
      icon: window.React.createElement("span"), // no icon beside the mark
      label: title,
      url,
    });
  };

  registerPlugin({ type: "SOURCE", source: SourceWindow, decorator: SourceMark });
})();
