// Cards between lists: <ul class="drop" data-meeting="7"> of <li data-lesson="3"> with a .grip each. Dropping a card into
// another list sends the card's own form with that list's meeting; the answer is the board's new fragment.
(() => {
  const { all, on, say } = window.portal
  function lift() {
    for (const list of all('.drop')) {
      if (!window.Sortable || window.Sortable.get(list)) continue
      window.Sortable.create(list, {
        group: 'lessons', handle: '.grip', draggable: '[data-lesson]', sort: false, animation: 150,
        ghostClass: 'ghosted', chosenClass: 'lifted', scrollSensitivity: 90,
        onAdd({ item, from, to }) {
          const form = item.querySelector('form'), select = form.elements.meeting, before = select.value
          select.value = to.dataset.meeting
          form.addEventListener('htmx:after:request', event => {
            if (event.detail.ctx?.response?.status < 400) return
            from.append(item)  // refused: the sentence stands in the message region
            select.value = before
          }, { once: true })
          if (select.value === to.dataset.meeting) return form.requestSubmit()
          from.append(item)
          say('这次会议不能再排课，请刷新页面。', 'bad')
        },
      })
    }
  }
  on('htmx:after:swap', lift)
  lift()
})()
