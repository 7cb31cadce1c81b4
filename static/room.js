// The room's screen by keyboard or by a presenter's clicker: on to the next item, back to the one before.
portal.on('keydown', event => {
  const turn = { ArrowRight: 'next', PageDown: 'next', ArrowLeft: 'previous', PageUp: 'previous' }[event.key]
  if (!turn || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
  const button = document.querySelector(`[data-turn="${turn}"]`)
  if (button) { event.preventDefault(); button.click() }
})
