// The room's screen by keyboard or by a presenter's clicker: on to the next item, back to the one before.
// A projector's computer may prefer what the room does not: light or dark is chosen here, and kept on that computer.
const dark = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
document.documentElement.dataset.room = localStorage.getItem('room') ?? dark
portal.on('click', event => {
  if (!event.target.closest('[data-shade]')) return
  const chosen = document.documentElement.dataset.room === 'dark' ? 'light' : 'dark'
  document.documentElement.dataset.room = chosen
  localStorage.setItem('room', chosen)
})
portal.on('keydown', event => {
  const turn = { ArrowRight: 'next', PageDown: 'next', ArrowLeft: 'previous', PageUp: 'previous' }[event.key]
  if (!turn || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
  const button = document.querySelector(`[data-turn="${turn}"]`)
  if (button) { event.preventDefault(); button.click() }
})
