// The roll by keyboard: up and down go from person to person, left and right between one person's buttons.
(() => {
  const controls = row => [...row.querySelectorAll('.side button')]
  document.addEventListener('keydown', event => {
    const here = event.target.closest?.('.roll > li')
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], side = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (!here || !(step || side) || event.altKey || event.ctrlKey || event.metaKey) return
    const last = list => list[list.length - 1], own = controls(here), at = own.indexOf(event.target)
    let next = own[at + side]
    for (let row = here; step && row && !next;) {
      row = step > 0 ? row.nextElementSibling : row.previousElementSibling
      next = row && last(controls(row))
    }
    event.preventDefault()
    next?.focus()
  })
})()
