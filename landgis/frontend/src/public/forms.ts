/** Pages of forms are plain HTML; all they need from here is how they look. */
import "./forms.css";
