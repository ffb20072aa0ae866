"""The weights lab as a widget, for JupyterLab and for a page served from the notebook by Voilà."""

from typing import Any

import anywidget
import traitlets
import yaml

from salesperf.data.export import Export
from salesperf.errors import RequestError
from salesperf.measures.kpis import spoken
from salesperf.people.weights.experiment import Experiment, experiment, usable_presets
from salesperf.present.weights.lab_data import lab_data, periods_data, robust_data
from salesperf.present.weights.lab_page import script, style
from salesperf.scoring.model import Model

# Where a widget is shown twice, each view follows the other; where its kernel ends, it says so.
_RENDER = """
export default {
  render({ model, el }) {
    const waiting = new Map();
    model.on("msg:custom", (answer) => {
      waiting.get(answer.id)?.(answer);
      waiting.delete(answer.id);
    });
    let sent = null;
    const lab = showLab(el, model.get("data"), {
      tried: model.get("state"),
      ask(question) {
        const id = crypto.randomUUID?.() ?? String(Math.random());
        return new Promise((resolve) => {
          waiting.set(id, resolve);
          model.send({ id, ...question });
        });
      },
      changed(state) {
        sent = JSON.stringify([state.tried, state.at, state.minds]);
        model.set("state", state);
        model.save_changes();
      },
    });
    const follow = () => {
      const { tried, at, minds } = model.get("state");
      if (JSON.stringify([tried, at, minds]) !== sent) lab.follow({ tried, at, minds });
    };
    model.on("change:state", follow);
    model.on("comm_live_update", lab.orphaned);
    return () => {
      model.off("change:state", follow);
      model.off("comm_live_update", lab.orphaned);
    };
  },
};
"""


class WeightsLab(anywidget.AnyWidget):
    """People and weights that can be moved, drawn in the browser.

    ``data``: see `lab_data`; ``state``: what was tried there: tried (the variants), at (the index of the one shown),
    minds (the models of several people) and model (the text of the one shown as a model file); empty until the widget
    is shown.
    """

    _esm = script() + _RENDER
    _css = style()
    data = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, data: dict[str, Any], export: Export, tried: Experiment) -> None:
        super().__init__(data=data)
        self._export, self._tried = export, tried
        self.on_msg(self._answer)

    def __repr__(self) -> str:
        return f"<WeightsLab of {self.data['client']!r} in {self.data['period']}>"

    @property
    def model(self) -> Model:
        """The model that is shown; the one in force until another one is tried."""
        return Model.model_validate(yaml.safe_load(self.state["model"])) if self.state else self._tried.model

    def _answer(self, _: object, asked: object, buffers: object = None) -> None:
        """Answers a page that asks about a model.

        ``asked``: id, model (the text of a model file) and about, what it is about (see `_about`). The answer has the
        id, and what is told, or error where the question is none.
        """
        match asked:
            case {"id": str(name), "model": str(text), **question}:
                try:
                    told = self._about(question, Model.model_validate(yaml.safe_load(text)))
                except (ValueError, KeyError, RequestError, yaml.YAMLError):
                    told = {"error": True}
                self.send({"id": name, **told})

    def _about(self, question: dict[Any, object], model: Model) -> dict[str, Any]:
        """The answer to a question about a model: ``robust`` (`robust_data`) or ``periods`` (`periods_data`).

        Raises ValueError where the question is none.
        """
        reps = self._tried.rows.index
        match question:
            case {"about": "robustness", "allowed": str(allowed)}:
                return {"robust": robust_data(self._tried, model, allowed, reps)}
            case {"about": "periods"}:
                return {"periods": periods_data(spoken(self._export), self._export, model, reps)}
        raise ValueError(question)


def weights_lab(export: Export) -> WeightsLab:
    """The lab of a client's period, with the shipped models that the export can measure to start from."""
    tried = experiment(export, usable_presets(export))
    return WeightsLab({**lab_data(spoken(export), export, tried), "inputs": ""}, export, tried)
